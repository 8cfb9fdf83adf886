"""`config`: look into kubeconfig files and change them."""

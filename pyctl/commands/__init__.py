"""One file a command, named for it; a folder for a group. `registry` lists them."""

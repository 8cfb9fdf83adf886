"""Messages of KMS plugins, and what is stored of a value that was encrypted with one: from kms.proto."""

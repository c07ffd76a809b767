"""What a colleague can send with a button: articles that may answer, and phrases kept ready."""

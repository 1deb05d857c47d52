"""The API's commands, one module per kind of object."""

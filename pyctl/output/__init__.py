"""What commands print, and how.

- `tables`: aligned columns, and the Table that the server makes for `get`
- `yaml_text`, `json_text`: whole objects, as kubectl writes them
- `custom_columns`: columns that the user describes with paths
- `printer`: which of them ``-o`` asks for
"""

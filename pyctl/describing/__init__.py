"""What `describe` tells of each kind: functions from an object, and what belongs to it, to text with tabs.

`document.Text` collects lines at levels of indentation, `output.elastic` lines them up. `kinds` says who describes
what; `generic` tells of every kind that has nobody of its own.
"""

"""The workspace: one SQLite file, the originals, and the trail of all that was done (`workspace.Workspace`)."""

"""The demo company: believable sources with the dirt of real exports."""

"""Annotation tools: passages out as tasks, what people answered back as decisions; one module for each tool."""

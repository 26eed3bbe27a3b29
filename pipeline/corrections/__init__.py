"""What people decided of single passages, quotes and problems of practice, and how it enters the outputs."""

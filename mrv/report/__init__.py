"""What people read, made from documents alone: one model of a report, written as a page or as a PDF."""

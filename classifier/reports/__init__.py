"""Write reports: each module renders `Report` records to one format and nothing else."""

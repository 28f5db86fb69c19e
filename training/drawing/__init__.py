"""Pictures drawn by program: sample images for the repository, and a small part of the training mix."""

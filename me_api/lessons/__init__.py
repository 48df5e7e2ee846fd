"""The pages of docs/kurs, which explain the course's assignments, and their example programs."""

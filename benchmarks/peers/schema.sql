CREATE TABLE IF NOT EXISTS messages (
  rev INTEGER PRIMARY KEY,
  room TEXT NOT NULL,
  id INTEGER NOT NULL,
  nick TEXT NOT NULL,
  verified INTEGER NOT NULL,
  text TEXT,
  time TEXT NOT NULL,
  edited TEXT,
  deleted INTEGER NOT NULL,
  UNIQUE (room, id)
);
CREATE TABLE IF NOT EXISTS reports (
  week INTEGER PRIMARY KEY,
  title TEXT,
  text TEXT,
  html TEXT,
  author TEXT,
  created TEXT,
  updated TEXT,
  rev INTEGER,
  deleted INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS users (
  id INTEGER PRIMARY KEY,
  nick TEXT NOT NULL UNIQUE
);
CREATE TABLE IF NOT EXISTS rooms (
  name TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  guests TEXT NOT NULL,
  created TEXT NOT NULL
);

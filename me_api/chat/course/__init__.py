"""The chat for clients of web courses: jsramverk, ramverk2 and webapp of a Swedish university.

The students' programs connect to Socket.IO's default namespace `/`, and send and expect the event
`chat message`, each in a form of its own. They are served as they are: `dialects` has the table.
"""

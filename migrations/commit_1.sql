-- The functions with which servers store changes in PostgreSQL. They compare and number; what may be
-- stored is decided by the server (me_api/eventlog/postgresql_writer.py). Migration 0007 creates them.
-- A server of another version may be using them: a change of one is a function with the next number.

-- The timeline of the WAL, which changes when a standby is promoted. Raises an error on a standby.
CREATE FUNCTION me_api_timeline_1() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)
$$;

-- A time as it is stored and sent: UTC, ISO 8601, in milliseconds.
CREATE FUNCTION me_api_text_1(_time timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT to_char(_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- Lock what no other transaction may use meanwhile, and compare what the server knows of the log.
-- `state` is 'ok', or else 'timeline', 'epoch' or 'behind': nothing must be written then.
CREATE FUNCTION me_api_begin_1(
    _node text, _timeline text, _epoch text, _known bigint, _locks boolean,
    OUT state text, OUT head bigint, OUT moment timestamptz
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    found log;
    current text;
BEGIN
    -- A server whose connection is lost during a commit waits for this lock: then that commit has ended.
    PERFORM pg_advisory_xact_lock(1835360353, hashtext(_node));
    IF _locks THEN
        SELECT * INTO STRICT found FROM log FOR UPDATE;
    ELSE
        SELECT * INTO STRICT found FROM log;
    END IF;
    current := me_api_timeline_1();
    state := CASE
        WHEN current <> found.timeline OR current <> _timeline THEN 'timeline'
        WHEN found.epoch <> _epoch THEN 'epoch'
        WHEN found.head < _known THEN 'behind'
        ELSE 'ok'
    END;
    head := found.head;
    -- The clocks of two primaries differ. Times must not fall along ids.
    moment := greatest(clock_timestamp(), found.time);
END
$$;

-- Record a commit by its token, so that its server can find out whether it took place.
CREATE FUNCTION me_api_record_1(
    _node text, _token text, _before bigint, _head bigint, _last jsonb, _time timestamptz
) RETURNS void LANGUAGE sql VOLATILE AS $$
    INSERT INTO commits AS known (node, token, before, head, last, time)
    VALUES (_node, _token, _before, _head, _last, _time)
    ON CONFLICT (node) DO UPDATE SET (token, before, head, last, time) =
        (excluded.token, excluded.before, excluded.head, excluded.last, excluded.time)
$$;

-- Move the log, which is locked, and notify all servers. `_access` is 1 if it has changed who may read what.
CREATE FUNCTION me_api_move_1(
    _node text, _before bigint, _head bigint, _time timestamptz, _access integer,
    OUT generation bigint, OUT access bigint
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    moved log;
BEGIN
    UPDATE log SET
        head = _head,
        time = _time,
        generation = log.generation + 1,
        access = log.access + _access,
        safe = current_setting('synchronous_standby_names') <> ''
            AND current_setting('synchronous_commit') NOT IN ('off', 'local')
    RETURNING * INTO STRICT moved;
    generation := moved.generation;
    access := moved.access;
    PERFORM pg_notify('me_api', concat_ws(' ', 1, _before, _head, generation, access, _node));
END
$$;

-- Store messages. What was read must still be so: `posts` are the rooms with new ones, `rooms` the others
-- (a `pinned` one must have the same last id), `read` are messages that do not change. `new` and `changed` are
-- rows whose rev counts from `_before`; an id counts back from the room's last. `_token` stands for the time
-- in them. Returns the last id of each room with new ones; null if something has changed meanwhile.
CREATE FUNCTION me_api_messages_1(_part jsonb, _before bigint, _now text, _token text)
RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    last jsonb;
    stored integer;
    item record;
BEGIN
    WITH moved AS (
        UPDATE rooms SET last_id = rooms.last_id + room.count
        FROM jsonb_to_recordset(_part -> 'posts')
            AS room(id integer, guests text, last_id bigint, count integer, pinned boolean)
        WHERE rooms.id = room.id AND rooms.guests = room.guests
            AND (NOT room.pinned OR rooms.last_id = room.last_id)
        RETURNING rooms.id, rooms.last_id
    )
    SELECT coalesce(jsonb_object_agg(moved.id, moved.last_id), '{}'), count(*)
    INTO last, stored FROM moved;
    IF stored <> jsonb_array_length(_part -> 'posts') THEN
        RETURN NULL;
    END IF;
    IF jsonb_array_length(_part -> 'rooms') > 0 AND EXISTS (
        SELECT FROM jsonb_to_recordset(_part -> 'rooms')
            AS room(id integer, guests text, last_id bigint, pinned boolean)
        LEFT JOIN rooms ON rooms.id = room.id AND rooms.guests = room.guests
            AND (NOT room.pinned OR rooms.last_id = room.last_id)
        WHERE rooms.id IS NULL
    ) THEN
        RETURN NULL;
    END IF;
    -- One by one, so that each is found by its primary key, however old the table's statistics are.
    FOR item IN
        SELECT * FROM jsonb_to_recordset(_part -> 'read')
            AS message(room_id integer, id bigint, rev bigint)
    LOOP
        PERFORM FROM messages WHERE room_id = item.room_id AND id = item.id AND rev = item.rev;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
    END LOOP;
    INSERT INTO messages (
        room_id, id, rev, born, nick, verified, user_id, sender, text, payload, key, fingerprint,
        created, edited, deleted
    )
    SELECT
        new.room_id, (last ->> new.room_id::text)::bigint - new.back, _before + new.rev,
        _before + new.created_rev, new.nick, new.verified, new.user_id, new.sender, new.text,
        replace(new.payload, _token, _now)::json, new.key, new.fingerprint, _now,
        replace(new.edited, _token, _now), replace(new.deleted, _token, _now)
    FROM jsonb_to_recordset(_part -> 'new') AS new(
        room_id integer, back integer, rev integer, created_rev integer, nick text,
        verified boolean, user_id integer, sender text, text text, payload text, key text,
        fingerprint text, edited text, deleted text
    )
    ON CONFLICT (sender, key) DO NOTHING;
    GET DIAGNOSTICS stored = ROW_COUNT;
    IF stored <> jsonb_array_length(_part -> 'new') THEN
        RETURN NULL;
    END IF;
    FOR item IN
        SELECT * FROM jsonb_to_recordset(_part -> 'changed') AS changed(
            room_id integer, id bigint, seen bigint, rev integer, text text, payload text,
            fingerprint text, edited text, deleted text
        )
    LOOP
        UPDATE messages SET
            rev = _before + item.rev,
            text = item.text,
            payload = item.payload::json,
            fingerprint = item.fingerprint,
            edited = replace(item.edited, _token, _now),
            deleted = replace(item.deleted, _token, _now)
        WHERE room_id = item.room_id AND id = item.id AND rev = item.seen;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
    END LOOP;
    RETURN last;
END
$$;

-- Save, delete and touch sessions, and delete those last seen before `expired`, if it is not null.
CREATE FUNCTION me_api_sessions_1(_part jsonb, _now text)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    -- Each in the order of the pids, so that two servers with the same sessions never wait for each other.
    DELETE FROM sessions WHERE pid IN (
        SELECT sessions.pid FROM sessions
        JOIN jsonb_array_elements_text(_part -> 'delete') AS ended(pid) USING (pid)
        ORDER BY pid FOR UPDATE
    );
    INSERT INTO sessions AS known (pid, namespace, sender, nick, start, topics, seen, node)
    SELECT saved.pid, saved.namespace, saved.sender, saved.nick, saved.start, saved.topics::json, _now,
        saved.node
    FROM jsonb_to_recordset(_part -> 'save') AS saved(
        pid text, namespace text, sender text, nick text, start bigint, topics text, node text
    )
    ORDER BY saved.pid
    ON CONFLICT (pid) DO UPDATE SET (namespace, sender, nick, start, topics, seen, node) =
        (excluded.namespace, excluded.sender, excluded.nick, excluded.start, excluded.topics,
         excluded.seen, excluded.node);
    WITH touched AS (
        SELECT sessions.pid FROM sessions
        JOIN jsonb_array_elements_text(_part -> 'touch') AS present(pid) USING (pid)
        ORDER BY pid FOR UPDATE
    )
    UPDATE sessions SET seen = _now FROM touched WHERE sessions.pid = touched.pid;
    -- One server is enough.
    IF _part ->> 'expired' IS NOT NULL AND pg_try_advisory_xact_lock(1835360354) THEN
        DELETE FROM sessions WHERE pid IN (
            SELECT pid FROM sessions WHERE seen < _part ->> 'expired' FOR UPDATE SKIP LOCKED
        );
    END IF;
END
$$;

-- Store a batch. `state` is 'ok'; 'again' if what was read has changed, or a state of me_api_begin_1: nothing
-- is stored then. The batch has taken the positions after `before` up to `head`.
CREATE FUNCTION me_api_commit_1(
    _batch jsonb,
    OUT state text, OUT before bigint, OUT head bigint, OUT last jsonb, OUT now text,
    OUT generation bigint, OUT access bigint
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    node text := _batch ->> 'node';
    token text := _batch ->> 'token';
    revs integer := (_batch ->> 'revs')::integer;
    begun record;
    moved record;
BEGIN
    SELECT * INTO STRICT begun FROM me_api_begin_1(
        node, _batch ->> 'timeline', _batch ->> 'epoch', (_batch ->> 'known')::bigint, revs > 0
    );
    state := begun.state;
    IF state <> 'ok' THEN
        RETURN;
    END IF;
    before := begun.head;
    head := before + revs;
    now := me_api_text_1(begun.moment);
    last := '{}';
    BEGIN
        IF _batch ? 'messages' THEN
            last := me_api_messages_1(_batch -> 'messages', before, now, token);
            IF last IS NULL THEN
                RAISE EXCEPTION USING ERRCODE = 'ME001';
            END IF;
        END IF;
        IF _batch ? 'sessions' THEN
            PERFORM me_api_sessions_1(_batch -> 'sessions', now);
        END IF;
        IF revs > 0 THEN
            SELECT * INTO STRICT moved FROM me_api_move_1(node, before, head, begun.moment, 0);
            generation := moved.generation;
            access := moved.access;
        END IF;
        PERFORM me_api_record_1(node, token, before, head, last, begun.moment);
    EXCEPTION WHEN SQLSTATE 'ME001' THEN
        state := 'again';
    END;
END
$$;

-- After a failover: if commits may have been lost, begin a new epoch, at a position that none had before.
-- `_timeline`, `_epoch` and `_known` are what the server knows of the log. Does nothing if all is as it was,
-- or if this is a primary from before the failover.
CREATE FUNCTION me_api_settle_1(
    _timeline text, _epoch text, _known bigint, _new_epoch text,
    OUT timeline text, OUT epoch text, OUT head bigint
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    found log;
    lost boolean;
BEGIN
    SELECT * INTO STRICT found FROM log FOR UPDATE;
    DELETE FROM commits WHERE time < clock_timestamp() - interval '1 day';  -- Of processes that have ended.
    timeline := me_api_timeline_1();
    lost := found.epoch = _epoch AND found.head < _known;
    epoch := found.epoch;
    head := found.head;
    IF timeline < _timeline OR (timeline = found.timeline AND NOT lost) THEN
        RETURN;
    END IF;
    IF lost OR NOT found.safe THEN
        epoch := _new_epoch;
        head := 1000000 + CASE WHEN lost THEN _known ELSE found.head END;
        DELETE FROM sessions;
    END IF;
    UPDATE log SET
        timeline = me_api_settle_1.timeline,
        epoch = me_api_settle_1.epoch,
        head = me_api_settle_1.head,
        generation = generation + 1,
        access = access + 1
    RETURNING * INTO STRICT found;
    PERFORM pg_notify('me_api', concat_ws(' ', 1, head, head, found.generation, found.access));
END
$$;

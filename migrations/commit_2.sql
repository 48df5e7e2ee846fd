-- What servers of this version store changes in PostgreSQL with, beside functions of commit_1.sql. Migration 0009
-- creates them.

-- Which of these nicks another sender holds on another node that is alive: [folded, sender] of each. A nick
-- that is asked for has the node that asks, which knows by itself who uses it there.
CREATE FUNCTION me_api_nicks_taken_1(_nicks jsonb) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_array(asked.folded, asked.sender)), '[]')
    FROM jsonb_to_recordset(_nicks) AS asked(folded text, sender text, node text)
    WHERE EXISTS (
        SELECT FROM nicks JOIN nodes ON nodes.name = nicks.node
        WHERE nicks.folded = asked.folded AND nicks.sender <> asked.sender AND nicks.node <> asked.node
            AND nodes.until > clock_timestamp()
    )
$$;

-- Save, delete and touch sessions, and delete those last seen before `expired`, if it is not null. A session that
-- has been resumed on another node belongs to that one: it is neither deleted nor saved here, unless `claims`,
-- which is so when its client connects.
CREATE FUNCTION me_api_sessions_2(_part jsonb, _now text)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    -- Each in the order of the pids, so that two servers with the same sessions never wait for each other.
    DELETE FROM sessions WHERE pid IN (
        SELECT sessions.pid FROM sessions
        JOIN jsonb_array_elements_text(_part -> 'delete') AS ended(pid) USING (pid)
        WHERE sessions.node IS NULL OR sessions.node = _part ->> 'node'
        ORDER BY pid FOR UPDATE
    );
    INSERT INTO sessions AS known (pid, namespace, sender, nick, start, topics, seen, node)
    SELECT saved.pid, saved.namespace, saved.sender, saved.nick, saved.start, saved.topics::json, _now,
        saved.node
    FROM jsonb_to_recordset(_part -> 'save') AS saved(
        pid text, namespace text, sender text, nick text, start bigint, topics text, node text, claims boolean
    )
    WHERE saved.claims
    ORDER BY saved.pid
    ON CONFLICT (pid) DO UPDATE SET (namespace, sender, nick, start, topics, seen, node) =
        (excluded.namespace, excluded.sender, excluded.nick, excluded.start, excluded.topics,
         excluded.seen, excluded.node);
    INSERT INTO sessions AS known (pid, namespace, sender, nick, start, topics, seen, node)
    SELECT saved.pid, saved.namespace, saved.sender, saved.nick, saved.start, saved.topics::json, _now,
        saved.node
    FROM jsonb_to_recordset(_part -> 'save') AS saved(
        pid text, namespace text, sender text, nick text, start bigint, topics text, node text, claims boolean
    )
    WHERE NOT saved.claims
    ORDER BY saved.pid
    ON CONFLICT (pid) DO UPDATE SET (namespace, sender, nick, start, topics, seen, node) =
        (excluded.namespace, excluded.sender, excluded.nick, excluded.start, excluded.topics,
         excluded.seen, excluded.node)
    WHERE known.node IS NULL OR known.node = excluded.node;
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
CREATE FUNCTION me_api_commit_2(
    _batch jsonb,
    OUT state text, OUT before bigint, OUT head bigint, OUT last jsonb, OUT now text,
    OUT generation bigint, OUT access bigint
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    node text := _batch ->> 'node';
    token text := _batch ->> 'token';
    revs integer := (_batch ->> 'revs')::integer;
    nicks jsonb := _batch -> 'messages' -> 'nicks';
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
            IF jsonb_array_length(nicks) > 0 AND me_api_nicks_taken_1(nicks) <> '[]' THEN
                RAISE EXCEPTION USING ERRCODE = 'ME001';
            END IF;
            last := me_api_messages_1(_batch -> 'messages', before, now, token);
            IF last IS NULL THEN
                RAISE EXCEPTION USING ERRCODE = 'ME001';
            END IF;
        END IF;
        IF _batch ? 'sessions' THEN
            PERFORM me_api_sessions_2(_batch -> 'sessions', now);
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

-- Notify all servers that a user was changed or deleted, whoever does that, when it is committed.
CREATE FUNCTION me_api_users_changed_1() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved log;
BEGIN
    UPDATE log SET generation = log.generation + 1, access = log.access + 1 RETURNING * INTO STRICT moved;
    PERFORM pg_notify(
        'me_api', concat_ws(' ', 1, moved.head, moved.head, moved.generation, moved.access)
    );
    RETURN NULL;
END
$$;

-- At the end of the transaction: it locks the log, for which other servers wait.
CREATE CONSTRAINT TRIGGER users_changed AFTER UPDATE OF email, nick, nick_folded, role OR DELETE ON users
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION me_api_users_changed_1();

-- What servers of this version store changes in PostgreSQL with, beside functions of commit_1.sql and commit_2.sql.
-- Migration 0011 creates them.

-- Save, delete and touch sessions, and delete those last seen before `expired`, if it is not null. A session that
-- has been resumed on another node belongs to that one: it is neither deleted nor saved here. One that a client
-- `claims`, because it connects, belongs to this node from now on. One that it `resumes` must still be there: what
-- another node has deleted stays so. Returns the sessions that were resumed, with the node that each was at.
CREATE FUNCTION me_api_sessions_3(_part jsonb, _now text)
RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    known jsonb;
BEGIN
    -- All that are there, in the order of the pids, so that two servers with the same sessions never wait for
    -- each other.
    SELECT coalesce(jsonb_object_agg(found.pid, found.node), '{}') INTO known
    FROM (
        SELECT jsonb_array_elements_text(_part -> 'delete') AS pid
        UNION SELECT jsonb_array_elements_text(_part -> 'touch')
        UNION SELECT jsonb_array_elements(_part -> 'save') ->> 'pid'
        ORDER BY pid
    ) named
    CROSS JOIN LATERAL (
        SELECT sessions.pid, sessions.node FROM sessions WHERE sessions.pid = named.pid FOR UPDATE
    ) found;
    DELETE FROM sessions USING jsonb_array_elements_text(_part -> 'delete') AS ended(pid)
    WHERE sessions.pid = ended.pid AND (sessions.node IS NULL OR sessions.node = _part ->> 'node');
    UPDATE sessions SET (namespace, sender, nick, start, topics, seen, node) =
        (saved.namespace, saved.sender, saved.nick, saved.start, saved.topics::json, _now, saved.node)
    FROM jsonb_to_recordset(_part -> 'save') AS saved(
        pid text, namespace text, sender text, nick text, start bigint, topics text, node text, claims boolean,
        resumes boolean
    )
    WHERE sessions.pid = saved.pid AND (
        saved.resumes OR NOT saved.claims AND (sessions.node IS NULL OR sessions.node = saved.node)
    );
    -- New ones, and those of a server that is no node.
    INSERT INTO sessions (pid, namespace, sender, nick, start, topics, seen, node)
    SELECT saved.pid, saved.namespace, saved.sender, saved.nick, saved.start, saved.topics::json, _now, saved.node
    FROM jsonb_to_recordset(_part -> 'save') AS saved(
        pid text, namespace text, sender text, nick text, start bigint, topics text, node text, claims boolean,
        resumes boolean
    )
    WHERE NOT saved.resumes AND (saved.claims OR saved.node IS NULL)
    ORDER BY saved.pid
    ON CONFLICT (pid) DO UPDATE SET (namespace, sender, nick, start, topics, seen, node) =
        (excluded.namespace, excluded.sender, excluded.nick, excluded.start, excluded.topics,
         excluded.seen, excluded.node);
    UPDATE sessions SET seen = _now FROM jsonb_array_elements_text(_part -> 'touch') AS present(pid)
    WHERE sessions.pid = present.pid;
    -- One server is enough.
    IF _part ->> 'expired' IS NOT NULL AND pg_try_advisory_xact_lock(1835360354) THEN
        DELETE FROM sessions WHERE pid IN (
            SELECT pid FROM sessions WHERE seen < _part ->> 'expired' FOR UPDATE SKIP LOCKED
        );
    END IF;
    RETURN (
        SELECT coalesce(jsonb_object_agg(saved.pid, known -> saved.pid), '{}')
        FROM jsonb_to_recordset(_part -> 'save') AS saved(pid text, resumes boolean)
        WHERE saved.resumes AND known ? saved.pid
    );
END
$$;

-- Store a batch. `state` is 'ok'; 'again' if what was read has changed, or a state of me_api_begin_1: nothing
-- is stored then. The batch has taken the positions after `before` up to `head`. `last` has the last ids of rooms
-- by their ids, and under 'resumed' what me_api_sessions_3 returns.
CREATE FUNCTION me_api_commit_3(
    _batch jsonb,
    OUT state text, OUT before bigint, OUT head bigint, OUT last jsonb, OUT now text,
    OUT generation bigint, OUT access bigint
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    node text := _batch ->> 'node';
    token text := _batch ->> 'token';
    revs integer := (_batch ->> 'revs')::integer;
    nicks jsonb := _batch -> 'messages' -> 'nicks';
    resumed jsonb;
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
            resumed := me_api_sessions_3(_batch -> 'sessions', now);
            IF resumed <> '{}' THEN
                last := last || jsonb_build_object('resumed', resumed);
            END IF;
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

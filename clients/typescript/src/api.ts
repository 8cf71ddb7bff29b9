// Made from the server's OpenAPI document by `npm run types`. Do not edit.
export interface paths {
    "/api/v1/admin/backup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Back up the database
         * @description The backup goes into the folder that `--backup-dir` names. It has everything that was answered before
         *     the request.
         *
         *     Needs a service token with the scope `admin`.
         */
        post: operations["createBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/log_filter": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change the filter of the log
         * @description It holds until the next start, or until the settings are read again (SIGHUP).
         *
         *     Needs a service token with the scope `admin`.
         */
        put: operations["setLogFilter"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the settings and where each comes from
         * @description They are those of the start. Only `log_filter` can change while the server runs.
         *
         *     Needs a service token with the scope `admin`.
         */
        get: operations["getSettings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/commands/execute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Execute a command
         * @description The response is sent after the command is committed.
         *
         *     Needs a service token with the scope `write`, or a join token of the session with the role `editor`.
         */
        post: operations["executeCommand"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow all sessions
         * @description The response is a stream of server-sent events: a session that is new, that has changed, or that was
         *     removed, as on the plain WebSocket after `watch_sessions`.
         *
         *     Needs a service token with the scope `read`, or any join token of the session.
         */
        get: operations["followSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Check liveness */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in
         * @description The response sets a cookie in place of the service token of the request, so that the page need not keep the
         *     token. The cookie is valid for 12 hours, or until the token ends.
         *
         *     Needs a service token with the scope `read`, or any join token of the session.
         */
        post: operations["logIn"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log out
         * @description The cookie is no longer valid, and the response removes it. There need not be one.
         */
        post: operations["logOut"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the OpenAPI document */
        get: operations["getOpenapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check readiness
         * @description It can if it is not shutting down, the open database is the file at the configured path, changes can be
         *     written, and a connection for reads is free.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List sessions
         * @description Needs a service token with the scope `read`, or any join token of the session.
         */
        get: operations["listSessions"];
        put?: never;
        /**
         * Create a session
         * @description Every field has a default, and so has the whole body.
         *
         *     Needs a service token with the scope `write`.
         */
        post: operations["createSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{session_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a session
         * @description Needs a service token with the scope `read`, or any join token of the session.
         */
        get: operations["getSession"];
        put?: never;
        post?: never;
        /**
         * Delete a session
         * @description It is deleted even if clients are connected to it. They get a `session-removed` event.
         *
         *     Needs a service token with the scope `write`.
         */
        delete: operations["deleteSession"];
        options?: never;
        head?: never;
        /**
         * Update a session
         * @description Absent fields stay as they are, and null removes a value; `attributes` are merged as a JSON Merge
         *     Patch (RFC 7396). The clients of the session get a `session-updated` event with the changed fields.
         *
         *     Needs a service token with the scope `write`.
         */
        patch: operations["updateSession"];
        trace?: never;
    };
    "/api/v1/sessions/{session_id}/cleanup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the cleanup status of a session
         * @description The status says whether a cleanup would remove the session now, why not, and from when on it may.
         *
         *     Needs a service token with the scope `read`, or any join token of the session.
         */
        get: operations["getCleanupStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{session_id}/clients": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List connected clients
         * @description The client that joined first comes first.
         *
         *     Needs a service token with the scope `read`, or any join token of the session.
         */
        get: operations["listClients"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{session_id}/clients/{client_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Kick a client
         * @description Its connection ends with the close code 4403, so it leaves all its sessions, with the reason `kicked`.
         *     The response is sent after that is committed. A client that may join again does so as another client:
         *     to keep somebody out, give out no more tokens.
         *
         *     Needs a service token with the scope `admin`.
         */
        delete: operations["kickClient"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{session_id}/commands": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the command history
         * @description Needs a service token with the scope `read`, or any join token of the session.
         */
        get: operations["listCommands"];
        put?: never;
        /**
         * Execute a command in a session
         * @description The response is sent after the command is committed.
         *
         *     Needs a service token with the scope `write`, or a join token of the session with the role `editor`.
         */
        post: operations["executeSessionCommand"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{session_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List or follow events
         * @description A client that was disconnected reads what it missed with the `seq` of its last event as `since`. With
         *     `Accept: text/event-stream` the response is a stream of server-sent events, from now on, or after `since`:
         *     `data` is a frame of the plain WebSocket, and `id` is its `seq`.
         *
         *     Needs a service token with the scope `read`, or any join token of the session.
         */
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{session_id}/graph": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the content as a flat list
         * @description The list can be sent back as it is to replace the content of a session.
         *
         *     Needs a service token with the scope `read`, or any join token of the session.
         */
        get: operations["getGraph"];
        /**
         * Replace the content
         * @description The replacement is one undo step, or empties the history. Siblings are ordered by `index`; those without one come last, in the
         *     order of the list.
         *
         *     Needs a service token with the scope `write`, or a join token of the session with the role `editor`.
         */
        put: operations["replaceGraph"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{session_id}/graph/nodes/{node_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a node
         * @description Needs a service token with the scope `read`, or any join token of the session.
         */
        get: operations["getNode"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{session_id}/graph/tree": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the content as a tree
         * @description The JSON is nested as deep as the tree. Clients whose parser limits the depth can get the flat list
         *     instead.
         *
         *     Needs a service token with the scope `read`, or any join token of the session.
         */
        get: operations["getTree"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{session_id}/info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get session info
         * @description Needs a service token with the scope `read`, or any join token of the session.
         */
        get: operations["getSessionInfo"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{session_id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a message
         * @description They get `message` with the `data`. It is not stored, has no `seq`, and is no activity. A client whose
         *     queue is half full does not get it.
         *
         *     Needs a service token with the scope `write`, or a join token of the session with the role `editor`.
         */
        post: operations["sendMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{session_id}/redo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Redo the last undone command
         * @description Fails with `UNDO_CONFLICT` if others have since changed what the command would change.
         *
         *     Needs a service token with the scope `write`, or a join token of the session with the role `editor`.
         */
        post: operations["redo"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{session_id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore a removed session
         * @description It comes back with its metadata, content and history, and its events are numbered on. That is possible
         *     until `restorable_until` in the details of `SESSION_REMOVED`.
         *
         *     Needs a service token with the scope `write`.
         */
        post: operations["restoreSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{session_id}/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a join token
         * @description With it a browser joins this session only, as a viewer or as an editor. An application that shares a key
         *     with the server can sign such tokens itself; docs/security.md has their claims.
         *
         *     Needs a service token with the scope `write`.
         */
        post: operations["createJoinToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{session_id}/touch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Touch a session
         * @description This keeps a session from the cleanup although no client is connected to it.
         *
         *     Needs a service token with the scope `write`, or a join token of the session with the role `editor`.
         */
        post: operations["touchSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{session_id}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Undo the last command
         * @description Fails with `UNDO_CONFLICT` if others have since changed what the command has changed.
         *
         *     Needs a service token with the scope `write`, or a join token of the session with the role `editor`.
         */
        post: operations["undo"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/cleanup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the rule of the scheduled cleanup
         * @description Needs a service token with the scope `read`, or any join token of the session.
         */
        get: operations["getCleanupPolicy"];
        put?: never;
        /**
         * Clean up idle sessions
         * @description A session is removed if it has no clients, is not pinned, and has been idle for longer than allowed.
         *
         *     Needs a service token with the scope `admin`.
         */
        post: operations["cleanUpSessions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List service tokens
         * @description The oldest comes first. The tokens themselves are not stored, and so not listed.
         *
         *     Needs a service token with the scope `admin`.
         */
        get: operations["listTokens"];
        put?: never;
        /**
         * Create a service token
         * @description The response has the token, which is stored as a hash only, so it can't be shown again.
         *
         *     Needs a service token with the scope `admin`.
         */
        post: operations["createToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{token_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke a service token
         * @description It is refused from now on, and ends the live connections that it has opened.
         *
         *     Needs a service token with the scope `admin`.
         */
        delete: operations["revokeToken"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List webhooks
         * @description Needs a service token with the scope `admin`.
         */
        get: operations["listWebhooks"];
        put?: never;
        /**
         * Create a webhook
         * @description It is sent messages of what happens from now on, as Standard Webhooks 1.0.0 says.
         *
         *     Needs a service token with the scope `admin`.
         */
        post: operations["createWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{endpoint_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a webhook
         * @description Needs a service token with the scope `admin`.
         */
        get: operations["getWebhook"];
        put?: never;
        post?: never;
        /**
         * Delete a webhook
         * @description Needs a service token with the scope `admin`.
         */
        delete: operations["deleteWebhook"];
        options?: never;
        head?: never;
        /**
         * Update a webhook
         * @description Absent fields stay as they are, and null removes a value. While `enabled` is false, messages wait.
         *
         *     Needs a service token with the scope `admin`.
         */
        patch: operations["updateWebhook"];
        trace?: never;
    };
    "/api/v1/webhooks/{endpoint_id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List deliveries
         * @description They are kept for seven days.
         *
         *     Needs a service token with the scope `admin`.
         */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{endpoint_id}/deliveries/{message_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a delivery
         * @description Needs a service token with the scope `admin`.
         */
        get: operations["getDelivery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{endpoint_id}/deliveries/{message_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry a delivery
         * @description Needs a service token with the scope `admin`.
         */
        post: operations["retryDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{endpoint_id}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Switch a webhook on
         * @description Needs a service token with the scope `admin`.
         */
        post: operations["enableWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{endpoint_id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replay deliveries
         * @description Messages that wait for an attempt anyway are not counted. A message keeps its `webhook-id`.
         *
         *     Needs a service token with the scope `admin`.
         */
        post: operations["replayDeliveries"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{endpoint_id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate the secret of a webhook
         * @description For 24 hours messages have two signatures, one by each secret.
         *
         *     Needs a service token with the scope `admin`.
         */
        post: operations["rotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{endpoint_id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Test a webhook
         * @description Needs a service token with the scope `admin`.
         */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ws": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Open a WebSocket
         * @description A client without the header `Authorization` sends its token as the subprotocol `rollcall.token.<token>`
         *     beside `rollcall.v1`, or in its first frame. Each text frame is one JSON object; docs/protocol.md describes the frames.
         */
        get: operations["connectWebSocket"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AddressedBatchCommand: {
            /** @description The client that executes the command, for the history and for undo in the scope `client`. Ignored within a batch. */
            client_id?: string | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            command_type: "Batch";
            data: components["schemas"]["Batch"];
            session_id: components["schemas"]["SessionId"];
        };
        /**
         * @description A command, and the session to execute it in.
         * @example {
         *       "command_type": "CreateNode",
         *       "data": {
         *         "blueprint_type_id": "task",
         *         "name": "Buy milk"
         *       },
         *       "session_id": "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
         *     }
         */
        AddressedCommandBody: components["schemas"]["AddressedCreateNodeCommand"] | components["schemas"]["AddressedDeleteNodeCommand"] | components["schemas"]["AddressedLinkNodeCommand"] | components["schemas"]["AddressedUnlinkNodeCommand"] | components["schemas"]["AddressedRenameNodeCommand"] | components["schemas"]["AddressedUpdatePropertyCommand"] | components["schemas"]["AddressedDeletePropertyCommand"] | components["schemas"]["AddressedBatchCommand"];
        AddressedCreateNodeCommand: {
            /** @description The client that executes the command, for the history and for undo in the scope `client`. Ignored within a batch. */
            client_id?: string | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            command_type: "CreateNode";
            data: components["schemas"]["CreateNode"];
            session_id: components["schemas"]["SessionId"];
        };
        AddressedDeleteNodeCommand: {
            /** @description The client that executes the command, for the history and for undo in the scope `client`. Ignored within a batch. */
            client_id?: string | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            command_type: "DeleteNode";
            data: components["schemas"]["DeleteNode"];
            session_id: components["schemas"]["SessionId"];
        };
        AddressedDeletePropertyCommand: {
            /** @description The client that executes the command, for the history and for undo in the scope `client`. Ignored within a batch. */
            client_id?: string | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            command_type: "DeleteProperty";
            data: components["schemas"]["DeleteProperty"];
            session_id: components["schemas"]["SessionId"];
        };
        AddressedLinkNodeCommand: {
            /** @description The client that executes the command, for the history and for undo in the scope `client`. Ignored within a batch. */
            client_id?: string | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            command_type: "LinkNode";
            data: components["schemas"]["LinkNode"];
            session_id: components["schemas"]["SessionId"];
        };
        AddressedRenameNodeCommand: {
            /** @description The client that executes the command, for the history and for undo in the scope `client`. Ignored within a batch. */
            client_id?: string | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            command_type: "RenameNode";
            data: components["schemas"]["RenameNode"];
            session_id: components["schemas"]["SessionId"];
        };
        AddressedUnlinkNodeCommand: {
            /** @description The client that executes the command, for the history and for undo in the scope `client`. Ignored within a batch. */
            client_id?: string | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            command_type: "UnlinkNode";
            data: components["schemas"]["UnlinkNode"];
            session_id: components["schemas"]["SessionId"];
        };
        AddressedUpdatePropertyCommand: {
            /** @description The client that executes the command, for the history and for undo in the scope `client`. Ignored within a batch. */
            client_id?: string | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            command_type: "UpdateProperty";
            data: components["schemas"]["UpdateProperty"];
            session_id: components["schemas"]["SessionId"];
        };
        /** @description A backup that was made. */
        BackupReport: {
            /**
             * Format: int64
             * @description The size of the backup.
             */
            bytes: number;
            /**
             * Format: double
             * @description How long it took.
             */
            duration_seconds: number;
            /**
             * @description The path of the backup on the machine of the server.
             * @example /var/backups/rollcall.db.backup
             */
            file: string;
            /**
             * Format: int64
             * @description How many sessions are in it.
             */
            sessions: number;
        };
        /** @description Commands that are executed all or not at all, as one undo step. */
        Batch: {
            commands: components["schemas"]["BatchedCommand"][];
        };
        BatchCommand: {
            /** @description The client that executes the command, for the history and for undo in the scope `client`. Ignored within a batch. */
            client_id?: string | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            command_type: "Batch";
            data: components["schemas"]["Batch"];
        };
        BatchedCommand: components["schemas"]["CreateNodeCommand"] | components["schemas"]["DeleteNodeCommand"] | components["schemas"]["LinkNodeCommand"] | components["schemas"]["UnlinkNodeCommand"] | components["schemas"]["RenameNodeCommand"] | components["schemas"]["UpdatePropertyCommand"] | components["schemas"]["DeletePropertyCommand"];
        /** @description The rule of the scheduled cleanup. */
        CleanupPolicy: {
            /**
             * Format: double
             * @description Seconds between two cleanups; null if none is scheduled.
             */
            interval_seconds: number | null;
            /** @description Idle hours after which a session is removed, unless the session has a timeout of its own. */
            max_inactive_hours: components["schemas"]["Hours"];
        };
        /** @description The result of a cleanup: the sessions that were removed, or with `dry_run` would be. */
        CleanupReport: {
            count: number;
            dry_run: boolean;
            removed_sessions: components["schemas"]["SessionId"][];
        };
        /**
         * @description Options of a cleanup. Unknown fields are rejected, since a misspelt option could remove too much.
         * @example {
         *       "dry_run": true,
         *       "max_inactive_hours": 48
         *     }
         */
        CleanupRequest: {
            /** @description Only report what would be removed. */
            dry_run?: boolean;
            max_inactive_hours?: components["schemas"]["Hours"] | null;
        };
        /** @description Whether the cleanup would remove a session now, and why not. */
        CleanupStatus: {
            /** @description When the session was last active. */
            idle_since: components["schemas"]["Timestamp"];
            last_command_at: components["schemas"]["Timestamp"] | null;
            /** @description Why the session stays; empty if it is removable. */
            reasons: components["schemas"]["KeepReason"][];
            /** @description Whether a cleanup would remove the session now. */
            removable: boolean;
            removable_at: components["schemas"]["Timestamp"] | null;
        };
        /** @description The connected clients of a session. */
        ClientList: {
            clients: components["schemas"]["ConnectedClient"][];
        };
        /**
         * @description A command.
         * @example {
         *       "command_type": "CreateNode",
         *       "data": {
         *         "blueprint_type_id": "task"
         *       }
         *     }
         */
        CommandBody: components["schemas"]["CreateNodeCommand"] | components["schemas"]["DeleteNodeCommand"] | components["schemas"]["LinkNodeCommand"] | components["schemas"]["UnlinkNodeCommand"] | components["schemas"]["RenameNodeCommand"] | components["schemas"]["UpdatePropertyCommand"] | components["schemas"]["DeletePropertyCommand"] | components["schemas"]["BatchCommand"];
        CommandExecutedEvent: {
            client_id: string | null;
            command_id: components["schemas"]["CommandId"];
            command_type: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "command-executed";
            /** Format: int64 */
            revision: number;
            /** Format: int64 */
            seq: number;
            session_id: components["schemas"]["SessionId"];
            timestamp: components["schemas"]["Timestamp"];
        };
        /**
         * Format: uuid
         * @description The id of a command, unique within its session.
         * @example 0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b
         */
        CommandId: string;
        /** @description A client that has joined a session. */
        ConnectedClient: {
            /** @description An opaque id; on Socket.IO it is the id of the socket. */
            client_id: string;
            /** @description When the client joined this session. */
            connected_at: components["schemas"]["Timestamp"];
            /** @description The presence data that the client last sent to the others. It is not kept over a restart. */
            presence: unknown;
            /** @description How the client is connected. */
            transport: components["schemas"]["Transport"];
            /** @description Free-form JSON about the user, as the client sent it when it joined. */
            user: unknown;
        };
        /** @description Creates a node: below a parent, or as a root. */
        CreateNode: {
            /** @description The type of the node, as the application defines it. */
            blueprint_type_id: string;
            /**
             * Format: int64
             * @description The index among the siblings, from 0. By default, and if it is too large, the node becomes the
             *     last one.
             */
            index?: number | null;
            /** @description The name that people see; `New Node` by default. It may be empty; `--max-name-bytes` limits it. */
            name?: string;
            node_id?: components["schemas"]["NodeId"] | null;
            parent_id?: components["schemas"]["NodeId"] | null;
            /**
             * @description The properties by their ids, each any JSON; none by default. `--max-value-bytes` and
             *     `--max-properties-bytes` limit them.
             */
            properties?: {
                [key: string]: unknown;
            };
        };
        CreateNodeCommand: {
            /** @description The client that executes the command, for the history and for undo in the scope `client`. Ignored within a batch. */
            client_id?: string | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            command_type: "CreateNode";
            data: components["schemas"]["CreateNode"];
        };
        /** @description Deletes a node and its descendants. */
        DeleteNode: {
            /** @description The node to delete. If it does not exist, the error is `NODE_NOT_FOUND`. */
            node_id: components["schemas"]["NodeId"];
        };
        DeleteNodeCommand: {
            /** @description The client that executes the command, for the history and for undo in the scope `client`. Ignored within a batch. */
            client_id?: string | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            command_type: "DeleteNode";
            data: components["schemas"]["DeleteNode"];
        };
        /** @description Removes one property of a node. */
        DeleteProperty: {
            /** @description The node whose property is removed. If it does not exist, the error is `NODE_NOT_FOUND`. */
            node_id: components["schemas"]["NodeId"];
            /** @description The property to remove. If the node does not have it, the error is `INVALID_COMMAND`. */
            property_id: string;
        };
        DeletePropertyCommand: {
            /** @description The client that executes the command, for the history and for undo in the scope `client`. Ignored within a batch. */
            client_id?: string | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            command_type: "DeleteProperty";
            data: components["schemas"]["DeleteProperty"];
        };
        /** @description A message for an endpoint, and what became of it. */
        Delivery: {
            /**
             * Format: int64
             * @description How many attempts there were since it was queued or sent again on request.
             */
            attempts: number;
            /** @description The JSON that is sent. */
            body: {
                [key: string]: unknown;
            };
            last_attempt_at: components["schemas"]["Timestamp"] | null;
            /**
             * Format: int64
             * @description How long the last attempt took, in milliseconds.
             */
            last_duration_ms: number | null;
            /** @description What was wrong with the last attempt; null if nothing was. */
            last_error: string | null;
            /**
             * Format: int64
             * @description The HTTP status of the last attempt; null if there was no response.
             */
            last_status: number | null;
            /** @description What the receiver knows it by: the header `webhook-id`. */
            message_id: string;
            next_attempt_at: components["schemas"]["Timestamp"] | null;
            /** @description What has become of it. */
            state: components["schemas"]["DeliveryState"];
            /** @description When it happened. */
            timestamp: components["schemas"]["Timestamp"];
            /** @description The type of the message. */
            type: string;
        };
        /** @description A page of an endpoint's messages. */
        DeliveryPage: {
            /** @description The newest first. */
            deliveries: components["schemas"]["Delivery"][];
            /** @description The `before` of the next page; null on the last page. */
            next_before: string | null;
        };
        /**
         * @description What has become of a message.
         * @enum {string}
         */
        DeliveryState: "pending" | "delivered" | "failed";
        /**
         * @description Why an endpoint is off.
         * @enum {string}
         */
        DisabledReason: "request" | "gone" | "failing";
        /** @description An endpoint, without its secret. */
        Endpoint: {
            /** @description When the endpoint was created. */
            created_at: components["schemas"]["Timestamp"];
            disabled_at: components["schemas"]["Timestamp"] | null;
            disabled_reason: components["schemas"]["DisabledReason"] | null;
            /** @description Whether messages are sent. */
            enabled: boolean;
            /** @description The id of the endpoint. */
            endpoint_id: components["schemas"]["EndpointId"];
            failing_since: components["schemas"]["Timestamp"] | null;
            /**
             * Format: int64
             * @description How many messages wait, up to 10,000.
             */
            pending: number;
            /** @description Only messages of the sessions of this project; null for all sessions. */
            project_id: string | null;
            /** @description Which types of messages are sent; null for all. */
            types: components["schemas"]["MessageType"][] | null;
            /** @description Where messages are sent. */
            url: string;
        };
        /**
         * Format: uuid
         * @description The id of an endpoint of webhooks.
         * @example 0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b
         */
        EndpointId: string;
        /** @description All endpoints. */
        EndpointList: {
            webhooks: components["schemas"]["Endpoint"][];
        };
        /**
         * @description A patch of an endpoint. An absent field stays as it is; null removes the value.
         * @example {
         *       "project_id": null,
         *       "types": [
         *         "session.created",
         *         "session.removed"
         *       ]
         *     }
         */
        EndpointPatch: {
            /** @description Whether messages are sent. While it is false they wait. This field must not be null. */
            enabled?: boolean;
            /** @description The new project; null for all sessions. */
            project_id?: string | null;
            /** @description The new types; null for all. */
            types?: components["schemas"]["MessageType"][] | null;
            /** @description The new URL. This field must not be null. */
            url?: string;
        };
        /** @description An endpoint with its secret. */
        EndpointWithSecret: components["schemas"]["Endpoint"] & {
            /**
             * @description The key of the signatures. It is returned here and by a rotation only.
             * @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
             */
            secret: string;
        };
        /**
         * @description The body of every error response.
         * @example {
         *       "error": {
         *         "code": "INVALID_REQUEST",
         *         "message": "max_inactive_hours: -1 is not a number of hours from 0 to 876000"
         *       }
         *     }
         */
        ErrorBody: {
            error: components["schemas"]["ErrorDetail"];
        };
        /** @description An error: what went wrong, for programs and for people. */
        ErrorDetail: {
            /** @description A stable code for programs. */
            code: string;
            /** @description More for programs; absent for most codes. */
            details?: {
                [key: string]: unknown;
            };
            /** @description A sentence for people: what was wrong, and what to do about it. It may change. */
            message: string;
        };
        /** @description An event of a session. */
        Event: components["schemas"]["SessionConnectedEvent"] | components["schemas"]["SessionDisconnectedEvent"] | components["schemas"]["SessionUpdatedEvent"] | components["schemas"]["SessionRemovedEvent"] | components["schemas"]["SessionRestoredEvent"] | components["schemas"]["NodeCreatedEvent"] | components["schemas"]["NodeDeletedEvent"] | components["schemas"]["NodeLinkedEvent"] | components["schemas"]["NodeUnlinkedEvent"] | components["schemas"]["NodeRenamedEvent"] | components["schemas"]["PropertyChangedEvent"] | components["schemas"]["PropertyDeletedEvent"] | components["schemas"]["CommandExecutedEvent"] | components["schemas"]["UndoEvent"] | components["schemas"]["RedoEvent"];
        /** @description A page of a session's events. */
        EventList: {
            /** @description Changes when the database is restored from a backup. */
            epoch: string;
            /** @description The events, in the order of `seq`. */
            events: components["schemas"]["Event"][];
            /**
             * @description Whether events after `since` are missing, because their retention period is over, or because
             *     `since` is from another epoch.
             */
            gap: boolean;
            /**
             * Format: int64
             * @description The `since` of the next page; null on the last page.
             */
            next_since: number | null;
            /**
             * Format: int64
             * @description The `seq` of the session's last event.
             */
            seq: number;
        };
        /** @description The answer to a request that was executed. */
        Executed: {
            /** @description The command that was executed, undone or redone. */
            command_id: components["schemas"]["CommandId"];
            /** @description Whether there is a command to redo, in the scope of the request. */
            redo_available: boolean;
            /** @description What the command returns, such as `node_id`. */
            result: {
                [key: string]: unknown;
            };
            /**
             * Format: int64
             * @description The content's revision after it.
             */
            revision: number;
            /**
             * Format: int64
             * @description The number of the last event of the change.
             */
            seq: number;
            /** @description Always true; a failure is an error. */
            success: boolean;
            /** @description Whether there is a command to undo, in the scope of the request. */
            undo_available: boolean;
        };
        /** @description A node in a flat list. The list may be in any order. */
        FlatNode: {
            /** @description The type of the node, as the application defines it. */
            blueprint_type_id: string;
            /** @description The id of the node. If it stands twice in the list, the error is `INVALID_REQUEST`. */
            id: components["schemas"]["NodeId"];
            /**
             * Format: int64
             * @description Siblings are sorted by their index. Those without one come last, in the order of the list.
             */
            index?: number | null;
            /** @description The name that people see. It may be empty; `--max-name-bytes` limits it. */
            name: string;
            parent_id?: components["schemas"]["NodeId"] | null;
            /**
             * @description The properties by their ids, each any JSON; none by default. `--max-value-bytes` and
             *     `--max-properties-bytes` limit them.
             */
            properties?: {
                [key: string]: unknown;
            };
        };
        /** @description A node in a flat list. */
        FlatNodeBody: components["schemas"]["NodeBody"] & {
            /**
             * Format: int64
             * @description The index among its siblings, from 0.
             */
            index: number;
        };
        /** @description A setting with its value in force. */
        GivenSetting: {
            /**
             * @description The heading that it has in `--help`.
             * @example Live connections
             */
            group: string;
            /** @description What it means, in one sentence. */
            help: string;
            /**
             * @description Its key in the TOML file. The flag has hyphens for its underscores.
             * @example ping_interval
             */
            name: string;
            /** @description Where the value comes from. */
            source: components["schemas"]["Source"];
            /**
             * @description The value as the flag takes it; null if there is none. A file with a secret is named, never read.
             * @example 20s
             */
            value: string | null;
        };
        /** @description The content of a session as a flat list. */
        GraphBody: {
            /** @description Siblings are adjacent and in order. A parent may come after its children. */
            nodes: components["schemas"]["FlatNodeBody"][];
            /** Format: int64 */
            revision: number;
            /** Format: int64 */
            seq: number;
        };
        /** @description The health of the server. */
        Health: {
            /** @example ok */
            status: string;
        };
        /**
         * @description What a replacement of the whole tree means for the history.
         * @enum {string}
         */
        History: "keep" | "restart";
        /** @description One command in the list of a session's history. */
        HistoryItem: {
            /** @description Who sent the command; null if a caller of REST did not say. */
            client_id: string | null;
            /** @description The id of the command, as `command-executed` had it. */
            command_id: components["schemas"]["CommandId"];
            /** @description The name of the command, such as `CreateNode`; `ReplaceGraph` for a replaced graph. */
            command_type: string;
            /** @description Whether a redo can bring it back. A command that was undone before a newer one was executed can't. */
            redoable: boolean;
            /**
             * Format: int64
             * @description The revision of the content after the command.
             */
            revision: number;
            /**
             * Format: int64
             * @description The number of its `command-executed` event.
             */
            seq: number;
            /** @description When the command was executed. */
            timestamp: components["schemas"]["Timestamp"];
            /** @description Whether the command was undone. */
            undone: boolean;
        };
        /** @description Some of a session's history. */
        HistoryPage: {
            /** @description The commands of the page, oldest first. */
            commands: components["schemas"]["HistoryItem"][];
            /**
             * Format: int64
             * @description The number of older commands, which are no longer kept and can't be undone.
             */
            forgotten: number;
            /**
             * Format: int64
             * @description The maximum number of commands that a session keeps: the setting `--history-limit`.
             */
            history_limit: number;
            /**
             * Format: int64
             * @description The `since` of the next page; null on the last page.
             */
            next_since: number | null;
        };
        /**
         * Format: double
         * @description A duration in hours, with fractions, from 0 to 876,000 (a hundred years).
         * @example 24
         */
        Hours: number;
        /**
         * @description What the holder of a join token does in its sessions.
         * @enum {string}
         */
        JoinRole: "viewer" | "editor";
        /**
         * @description What a new join token is to be.
         * @example {
         *       "role": "editor",
         *       "ttl": "1h",
         *       "user": {
         *         "name": "Ada"
         *       }
         *     }
         */
        JoinTokenRequest: {
            role: components["schemas"]["JoinRole"];
            /** @description How long the token is valid: a duration up to 30 days, `1h` by default. */
            ttl?: string | null;
            /**
             * @description Who the holder is, for the other clients: it replaces what the client says when it joins. At most 4 KiB
             *     of JSON.
             */
            user?: unknown;
        };
        /**
         * @description Why a session stays.
         * @enum {string}
         */
        KeepReason: "has_clients" | "pinned" | "active_recently";
        /** @description Moves a node with its descendants below another parent, or among the roots. */
        LinkNode: {
            /** @description The node to move. If it does not exist, the error is `NODE_NOT_FOUND`. */
            child_id: components["schemas"]["NodeId"];
            /**
             * Format: int64
             * @description The index among the new siblings, not counting the node itself. By default the node becomes the
             *     last one.
             */
            index?: number | null;
            parent_id: components["schemas"]["NodeId"] | null;
        };
        LinkNodeCommand: {
            /** @description The client that executes the command, for the history and for undo in the scope `client`. Ignored within a batch. */
            client_id?: string | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            command_type: "LinkNode";
            data: components["schemas"]["LinkNode"];
        };
        /**
         * @description A filter of the log.
         * @example {
         *       "log_filter": "rollcall=debug"
         *     }
         */
        LogFilterBody: {
            /** @description What is logged, as filter directives of tracing, such as `info,rollcall=debug`. */
            log_filter: string;
        };
        /**
         * @description A message to the clients of a session.
         * @example {
         *       "data": {
         *         "kind": "export-finished"
         *       }
         *     }
         */
        MessageBody: {
            /** @description Any JSON, at most 64 KiB. */
            data: unknown;
        };
        /**
         * @description The type of a message.
         * @enum {string}
         */
        MessageType: "session.created" | "session.updated" | "session.removed" | "session.restored" | "session.emptied" | "client.joined" | "client.left" | "content.changed" | "webhook.test";
        /**
         * @description A new endpoint as a caller sends it.
         * @example {
         *       "types": [
         *         "session.removed"
         *       ],
         *       "url": "https://example.org/hooks"
         *     }
         */
        NewEndpoint: {
            /** @description Only messages of the sessions of this project; of all sessions by default. At most 1024 bytes. */
            project_id?: string | null;
            /** @description Which types of messages are sent; all by default. `webhook.test` is always sent. */
            types?: components["schemas"]["MessageType"][] | null;
            /** @description Where messages are sent: an http or https URL, at most 2048 bytes. */
            url: string;
        };
        /**
         * @description The new content of a session. The nodes may be in any order.
         * @example {
         *       "nodes": [
         *         {
         *           "blueprint_type_id": "list",
         *           "id": "0190a1b2-c3d4-7e5f-8a9b-000000000001",
         *           "name": "Today"
         *         },
         *         {
         *           "blueprint_type_id": "task",
         *           "id": "0190a1b2-c3d4-7e5f-8a9b-000000000002",
         *           "name": "Buy milk",
         *           "parent_id": "0190a1b2-c3d4-7e5f-8a9b-000000000001"
         *         }
         *       ]
         *     }
         */
        NewGraph: {
            /** @description The client that replaces the content, for the history and for undo in the scope `client`. */
            client_id?: string | null;
            /** @description `keep`, by default, makes the replacement one undo step; after `restart` the history is empty. */
            history?: components["schemas"]["History"];
            nodes: components["schemas"]["FlatNode"][];
            with?: components["schemas"]["With"] | null;
        };
        /** @description A new join token. */
        NewJoinToken: {
            /** @description When the token ends. */
            expires_at: components["schemas"]["Timestamp"];
            /** @description The token: a JWT. */
            token: string;
        };
        /** @description A new service token. It is shown here and never again. */
        NewServiceToken: components["schemas"]["ServiceTokenInfo"] & {
            /** @description The token. */
            token: string;
        };
        /**
         * @description A new session. Every field has a default.
         * @example {
         *       "name": "Sprint board",
         *       "pinned": false,
         *       "project_id": "project-123"
         *     }
         */
        NewSession: {
            /** @description Free-form JSON of the application, at most 64 KiB. */
            attributes?: {
                [key: string]: unknown;
            };
            idle_timeout_hours?: components["schemas"]["Hours"] | null;
            /** @description The name that people see. At most 1024 bytes. */
            name?: string | null;
            /**
             * @description The nodes to start from, in any order; none by default. They are no undo step. There may be as many
             *     as one transaction takes (`--staging-threshold`).
             */
            nodes?: components["schemas"]["FlatNode"][];
            /** @description Whether the cleanup keeps the session however long it is idle. */
            pinned?: boolean;
            /**
             * @description What the session belongs to, as the application defines it; lists can be filtered by it. At most
             *     1024 bytes.
             */
            project_id?: string | null;
            session_id?: components["schemas"]["SessionId"] | null;
        };
        /** @description A node without its children. */
        NodeBody: {
            blueprint_type_id: string;
            id: components["schemas"]["NodeId"];
            name: string;
            parent_id: components["schemas"]["NodeId"] | null;
            properties: {
                [key: string]: unknown;
            };
        };
        NodeCreatedEvent: {
            blueprint_type_id: string;
            client_id: string | null;
            command_id: components["schemas"]["CommandId"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "node-created";
            /** Format: int64 */
            index: number;
            name: string;
            node_id: components["schemas"]["NodeId"];
            parent_id: components["schemas"]["NodeId"] | null;
            properties: {
                [key: string]: unknown;
            };
            /** Format: int64 */
            revision: number;
            /** Format: int64 */
            seq: number;
            session_id: components["schemas"]["SessionId"];
            timestamp: components["schemas"]["Timestamp"];
        };
        NodeDeletedEvent: {
            client_id: string | null;
            command_id: components["schemas"]["CommandId"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "node-deleted";
            node_id: components["schemas"]["NodeId"];
            parent_id: components["schemas"]["NodeId"] | null;
            /** Format: int64 */
            revision: number;
            /** Format: int64 */
            seq: number;
            session_id: components["schemas"]["SessionId"];
            timestamp: components["schemas"]["Timestamp"];
        };
        /**
         * Format: uuid
         * @description The id of a node, unique within its session.
         * @example 0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b
         */
        NodeId: string;
        NodeLinkedEvent: {
            child_id: components["schemas"]["NodeId"];
            client_id: string | null;
            command_id: components["schemas"]["CommandId"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "node-linked";
            /** Format: int64 */
            index: number;
            parent_id: components["schemas"]["NodeId"] | null;
            /** Format: int64 */
            revision: number;
            /** Format: int64 */
            seq: number;
            session_id: components["schemas"]["SessionId"];
            timestamp: components["schemas"]["Timestamp"];
        };
        NodeRenamedEvent: {
            client_id: string | null;
            command_id: components["schemas"]["CommandId"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "node-renamed";
            name: string;
            node_id: components["schemas"]["NodeId"];
            /** Format: int64 */
            revision: number;
            /** Format: int64 */
            seq: number;
            session_id: components["schemas"]["SessionId"];
            timestamp: components["schemas"]["Timestamp"];
        };
        NodeUnlinkedEvent: {
            child_id: components["schemas"]["NodeId"];
            client_id: string | null;
            command_id: components["schemas"]["CommandId"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "node-unlinked";
            parent_id: components["schemas"]["NodeId"] | null;
            /** Format: int64 */
            revision: number;
            /** Format: int64 */
            seq: number;
            session_id: components["schemas"]["SessionId"];
            timestamp: components["schemas"]["Timestamp"];
        };
        PropertyChangedEvent: {
            client_id: string | null;
            command_id: components["schemas"]["CommandId"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "property-changed";
            new_value: unknown;
            node_id: components["schemas"]["NodeId"];
            old_value: unknown;
            property_id: string;
            /** Format: int64 */
            revision: number;
            /** Format: int64 */
            seq: number;
            session_id: components["schemas"]["SessionId"];
            timestamp: components["schemas"]["Timestamp"];
        };
        PropertyDeletedEvent: {
            client_id: string | null;
            command_id: components["schemas"]["CommandId"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "property-deleted";
            node_id: components["schemas"]["NodeId"];
            old_value: unknown;
            property_id: string;
            /** Format: int64 */
            revision: number;
            /** Format: int64 */
            seq: number;
            session_id: components["schemas"]["SessionId"];
            timestamp: components["schemas"]["Timestamp"];
        };
        /** @description A message that was queued. */
        QueuedMessage: {
            /** @description The header `webhook-id` of the message. */
            message_id: string;
        };
        RedoEvent: {
            client_id: string | null;
            command_id: components["schemas"]["CommandId"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "redo";
            /** Format: int64 */
            revision: number;
            /** Format: int64 */
            seq: number;
            session_id: components["schemas"]["SessionId"];
            timestamp: components["schemas"]["Timestamp"];
        };
        /** @description Changes the name of a node. */
        RenameNode: {
            /** @description The new name. It may be empty; `--max-name-bytes` limits it. */
            name: string;
            /** @description The node to rename. If it does not exist, the error is `NODE_NOT_FOUND`. */
            node_id: components["schemas"]["NodeId"];
        };
        RenameNodeCommand: {
            /** @description The client that executes the command, for the history and for undo in the scope `client`. Ignored within a batch. */
            client_id?: string | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            command_type: "RenameNode";
            data: components["schemas"]["RenameNode"];
        };
        /**
         * @description A span of time.
         * @example {
         *       "since": "2026-11-22T22:00:00Z",
         *       "until": "2026-11-22T23:00:00Z"
         *     }
         */
        ReplayBody: {
            /** @description The beginning of the span. */
            since: components["schemas"]["Timestamp"];
            /** @description The end of the span, which is not part of it. */
            until: components["schemas"]["Timestamp"];
        };
        /** @description How many messages are sent again. */
        Replayed: {
            /** Format: int64 */
            count: number;
        };
        /**
         * @description Which undo steps an undo or a redo applies to.
         * @enum {string}
         */
        Scope: "session" | "client";
        /** @description A service token, without the token itself. */
        ServiceTokenInfo: {
            created_at: components["schemas"]["Timestamp"];
            expires_at: components["schemas"]["Timestamp"] | null;
            /** @description What names the token. It is a part of the token. */
            id: string;
            last_used_at: components["schemas"]["Timestamp"] | null;
            name: string;
            /** @description The only project whose sessions the token may see; null for all sessions. */
            project_id: string | null;
            revoked_at: components["schemas"]["Timestamp"] | null;
            scope: components["schemas"]["TokenScope"];
        };
        /** @description The service tokens. */
        ServiceTokenList: {
            tokens: components["schemas"]["ServiceTokenInfo"][];
        };
        /** @description A session with its metadata, without its content. */
        Session: {
            /**
             * Format: int64
             * @description The number of clients that have joined.
             */
            active_clients: number;
            /** @description Free-form JSON of the application. */
            attributes: {
                [key: string]: unknown;
            };
            /** @description When the session was created. */
            created_at: components["schemas"]["Timestamp"];
            /**
             * Format: double
             * @description Idle hours after which the session may be removed; null for the server's setting.
             */
            idle_timeout_hours: number | null;
            /**
             * @description When a client last joined or left, or the session or its content was last changed or touched.
             *     Reads do not count.
             */
            last_activity: components["schemas"]["Timestamp"];
            /** @description The name that people see; null if the session has none. */
            name: string | null;
            /**
             * Format: int64
             * @description The number of nodes of the content.
             */
            node_count: number;
            /** @description Whether the cleanup keeps the session however long it is idle. */
            pinned: boolean;
            /** @description What the session belongs to, as the application defines it; null if it belongs to nothing. */
            project_id: string | null;
            /**
             * Format: int64
             * @description How many times the content has changed, which is also its entity tag.
             */
            revision: number;
            /**
             * Format: int64
             * @description The `seq` of the last event; 0 before the first one.
             */
            seq: number;
            /** @description The id of the session: a UUID, generated by the server unless its creator chose one. */
            session_id: components["schemas"]["SessionId"];
        };
        /** @description The fields of a session that a patch has changed, with their new values. */
        SessionChanges: {
            /** @description All attributes as they are now, not only those that have changed. */
            attributes?: {
                [key: string]: unknown;
            };
            /**
             * Format: double
             * @description The new number of idle hours after which the session may be removed; null for the server's
             *     setting.
             */
            idle_timeout_hours?: number | null;
            /** @description The new name; null if it was removed. */
            name?: string | null;
            /** @description Whether the cleanup keeps the session now. */
            pinned?: boolean;
            /** @description The new project id; null if it was removed. */
            project_id?: string | null;
        };
        SessionConnectedEvent: {
            /** Format: int64 */
            active_clients: number;
            client_id: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "session-connected";
            /** Format: int64 */
            seq: number;
            session_id: components["schemas"]["SessionId"];
            timestamp: components["schemas"]["Timestamp"];
            user: unknown;
        };
        SessionDisconnectedEvent: {
            /** Format: int64 */
            active_clients: number;
            client_id: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "session-disconnected";
            /** @enum {string} */
            reason: "left" | "disconnected" | "connection_lost" | "ping_timeout" | "slow_consumer" | "kicked" | "token_ended" | "server_shutdown" | "server_restart";
            /** Format: int64 */
            seq: number;
            session_id: components["schemas"]["SessionId"];
            timestamp: components["schemas"]["Timestamp"];
        };
        /**
         * Format: uuid
         * @description The id of a session.
         * @example 0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b
         */
        SessionId: string;
        /** @description An overview of a session: all its fields, and more. */
        SessionInfo: components["schemas"]["Session"] & {
            metadata: components["schemas"]["SessionMetadata"];
            redo_available: boolean;
            undo_available: boolean;
        };
        /** @description The times and the number of clients of a session, which are beside this object as well. */
        SessionMetadata: {
            /** Format: int64 */
            active_clients: number;
            created_at: components["schemas"]["Timestamp"];
            last_activity: components["schemas"]["Timestamp"];
        };
        /** @description A page of sessions. */
        SessionPage: {
            /** @description Changes when the database is restored from a backup. */
            epoch: string;
            /** @description The `cursor` of the next page; null on the last page. */
            next_cursor: string | null;
            sessions: components["schemas"]["Session"][];
            /**
             * Format: int64
             * @description The number of sessions on all pages together.
             */
            total: number;
        };
        /**
         * @description A patch of a session's metadata. An absent field stays as it is; null removes the value.
         * @example {
         *       "attributes": {
         *         "color": "red",
         *         "old": null
         *       },
         *       "name": "Sprint board 2"
         *     }
         */
        SessionPatch: {
            /** @description A JSON Merge Patch (RFC 7396) of the attributes; null removes all of them. */
            attributes?: {
                [key: string]: unknown;
            } | null;
            /**
             * Format: double
             * @description Idle hours after which the session may be removed; null for the server's setting.
             */
            idle_timeout_hours?: number | null;
            /** @description The new name, at most 1024 bytes. */
            name?: string | null;
            /** @description Whether the cleanup keeps the session however long it is idle. This field must not be null. */
            pinned?: boolean;
            /** @description The new project id, at most 1024 bytes. */
            project_id?: string | null;
        };
        SessionRemovedEvent: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "session-removed";
            /** @enum {string} */
            reason: "deleted" | "idle";
            /** Format: int64 */
            seq: number;
            session_id: components["schemas"]["SessionId"];
            timestamp: components["schemas"]["Timestamp"];
        };
        SessionRestoredEvent: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "session-restored";
            /** Format: int64 */
            seq: number;
            session_id: components["schemas"]["SessionId"];
            timestamp: components["schemas"]["Timestamp"];
        };
        SessionUpdatedEvent: {
            changes: components["schemas"]["SessionChanges"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "session-updated";
            /** Format: int64 */
            seq: number;
            session_id: components["schemas"]["SessionId"];
            timestamp: components["schemas"]["Timestamp"];
        };
        /** @description The settings that the server was started with. */
        SettingsReport: {
            /**
             * @description The settings file; null if there is none.
             * @example /etc/rollcall/rollcall.toml
             */
            config_file: string | null;
            /**
             * @description The filter of the log that is in force now.
             * @example info
             */
            log_filter: string;
            /** @description All settings in the order of `rollcall --help`. */
            settings: components["schemas"]["GivenSetting"][];
        };
        /**
         * @description Where the value of a setting comes from. What is below overrides what is above.
         * @enum {string}
         */
        Source: "default" | "file" | "environment" | "flag";
        /** @description An event of a stream, as the WHATWG HTML specification describes it. */
        StreamedEvent: {
            /** @description A frame of the plain WebSocket, as JSON. */
            data: string;
            /** @description The name of the event, with `named`. */
            event?: string;
            /** @description The `seq` of the event; absent where it has none. */
            id?: string;
        };
        /**
         * Format: date-time
         * @description A point in time with microseconds, in UTC. Its text is RFC 3339 and always has this form, so it sorts
         *     as text: `2024-01-15T10:30:00.000000+00:00`.
         * @example 2024-01-15T10:30:00.000000+00:00
         */
        Timestamp: string;
        /**
         * @description What a new service token is to be.
         * @example {
         *       "expires_in": "90d",
         *       "name": "backend",
         *       "scope": "write"
         *     }
         */
        TokenRequest: {
            /** @description How long the token is valid, such as `90d`; for ever by default. */
            expires_in?: string | null;
            /** @description What the token is for, for people. */
            name: string;
            /** @description The only project whose sessions the token may see; all sessions by default. */
            project_id?: string | null;
            scope: components["schemas"]["TokenScope"];
        };
        /**
         * @description What a service token allows. Each scope includes those before it.
         * @enum {string}
         */
        TokenScope: "read" | "write" | "admin";
        /** @description When a session was last active. */
        Touched: {
            /** @description When it was last active: now, or later if a wrong clock had dated it so. */
            last_activity: components["schemas"]["Timestamp"];
            /** @description Which session was kept alive. */
            session_id: components["schemas"]["SessionId"];
        };
        /**
         * @description The transport by which a client is connected.
         * @enum {string}
         */
        Transport: "websocket" | "socket.io" | "sse";
        /** @description The content of a session as a tree. */
        TreeBody: {
            /** Format: int64 */
            revision: number;
            roots: components["schemas"]["TreeNode"][];
            /** Format: int64 */
            seq: number;
        };
        /** @description A node with its descendants. */
        TreeNode: {
            blueprint_type_id: string;
            children: components["schemas"]["TreeNode"][];
            id: components["schemas"]["NodeId"];
            name: string;
            properties: {
                [key: string]: unknown;
            };
        };
        /**
         * @description The scope of an undo or a redo.
         * @example {
         *       "client_id": "ada",
         *       "scope": "client"
         *     }
         */
        UndoBody: {
            /** @description The client that requests it. Required in the scope `client`. */
            client_id?: string | null;
            scope?: components["schemas"]["Scope"];
            with?: components["schemas"]["With"] | null;
        };
        UndoEvent: {
            client_id: string | null;
            command_id: components["schemas"]["CommandId"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "undo";
            /** Format: int64 */
            revision: number;
            /** Format: int64 */
            seq: number;
            session_id: components["schemas"]["SessionId"];
            timestamp: components["schemas"]["Timestamp"];
        };
        /** @description Makes a node with its descendants the last root. */
        UnlinkNode: {
            /** @description The node to move. If it is a root already, the error is `INVALID_COMMAND`. */
            child_id: components["schemas"]["NodeId"];
        };
        UnlinkNodeCommand: {
            /** @description The client that executes the command, for the history and for undo in the scope `client`. Ignored within a batch. */
            client_id?: string | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            command_type: "UnlinkNode";
            data: components["schemas"]["UnlinkNode"];
        };
        /** @description Sets one property of a node. Null is a value like any other. */
        UpdateProperty: {
            /** @description The node whose property is set. If it does not exist, the error is `NODE_NOT_FOUND`. */
            node_id: components["schemas"]["NodeId"];
            /**
             * @description The property to set, whether the node has it already or not. It may be empty; `--max-name-bytes`
             *     limits it.
             */
            property_id: string;
            /**
             * @description The new value: any JSON, at most `--max-value-bytes` long. `new_value` is accepted as another name
             *     of this field.
             */
            value: unknown;
        };
        UpdatePropertyCommand: {
            /** @description The client that executes the command, for the history and for undo in the scope `client`. Ignored within a batch. */
            client_id?: string | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            command_type: "UpdateProperty";
            data: components["schemas"]["UpdateProperty"];
        };
        /**
         * @description What a caller wants to get along with the response.
         * @enum {string}
         */
        With: "graph";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    createBackup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Backup made */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackupReport"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_COMMAND: --backup-dir is not set */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    setLogFilter: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LogFilterBody"];
            };
        };
        responses: {
            /** @description The filter that is in force */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogFilterBody"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description PAYLOAD_TOO_LARGE: the body exceeds --body-limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_REQUEST: the Content-Encoding is not supported */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The settings */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingsReport"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    executeCommand: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Makes a retry safe: for 24 hours, a request with the same key returns the first response and changes
                 *     nothing.
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description The revision that the content must be at, in double quotes.
                 * @example "12"
                 */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddressedCommandBody"];
            };
        };
        responses: {
            /** @description Command executed and committed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Executed"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_NOT_FOUND or NODE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNDO_CONFLICT: the same content has since been changed. IDEMPOTENCY_KEY_REUSED: the key was used for another request. NOTHING_TO_UNDO, NOTHING_TO_REDO */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_REMOVED: the details have the time and the reason */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REVISION_MISMATCH: the content is not at the revision in If-Match */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description PAYLOAD_TOO_LARGE: the body exceeds --body-limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_REQUEST: the Content-Encoding is not supported */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_COMMAND: not possible in the current state; nothing was changed */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    followSessions: {
        parameters: {
            query?: {
                /** @description Whether each event of the stream has its name in the field `event` as well. */
                named?: boolean;
            };
            header?: {
                /**
                 * @description The `id` of the last event that the reader has, which a browser sends when it reconnects. It takes the
                 *     place of `since`.
                 * @example 12
                 */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A stream of events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["StreamedEvent"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server is alive */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    logIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Logged in */
            204: {
                headers: {
                    /** @description The cookie */
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    logOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Logged out */
            204: {
                headers: {
                    /** @description Removes the cookie */
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getOpenapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The OpenAPI 3.1 document */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server is ready */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description UNAVAILABLE: not ready; the message has the reason */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    listSessions: {
        parameters: {
            query?: {
                /** @description Only sessions with connected clients (true), or only those without (false). */
                active?: boolean;
                /** @description The `next_cursor` of the previous page. Filter and order must be the same. */
                cursor?: string;
                /** @description Only sessions that have been idle for longer than so many hours. */
                idle_hours?: number;
                /** @description The maximum number of sessions in the response; 1,000 by default. */
                limit?: number;
                /** @description `created_at` by default. A leading `-` means descending. */
                order?: "created_at" | "-created_at" | "last_activity" | "-last_activity" | "active_clients" | "-active_clients";
                /** @description Only sessions of this project. */
                project_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of sessions */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionPage"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    createSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NewSession"];
            };
        };
        responses: {
            /** @description Session created */
            201: {
                headers: {
                    /** @description The path of the session, or its URL where --public-url is set */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_EXISTS: a session with this id exists or was removed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description PAYLOAD_TOO_LARGE: the body exceeds --body-limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_REQUEST: the Content-Encoding is not supported */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_COMMAND: --max-sessions is reached, or the nodes are no forest */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_REMOVED: the details have the time and the reason */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    deleteSession: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The revision that the content must be at, in double quotes.
                 * @example "12"
                 */
                "If-Match"?: string;
            };
            path: {
                session_id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Session deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_REMOVED: the details have the time and the reason */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REVISION_MISMATCH: the content is not at the revision in If-Match */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    updateSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SessionPatch"];
            };
        };
        responses: {
            /** @description The session */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_REMOVED: the details have the time and the reason */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description PRECONDITION_FAILED: If-Match has an entity tag, but metadata has none */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description PAYLOAD_TOO_LARGE: the body exceeds --body-limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_REQUEST: the Content-Encoding is not supported */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getCleanupStatus: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Cleanup status */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CleanupStatus"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_REMOVED: the details have the time and the reason */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    listClients: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Connected clients */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClientList"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_REMOVED: the details have the time and the reason */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    kickClient: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                client_id: string;
                session_id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Client kicked */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_NOT_FOUND or CLIENT_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_REMOVED: the details have the time and the reason */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    listCommands: {
        parameters: {
            query?: {
                /** @description The maximum number of commands in the response; 1,000 by default. */
                limit?: number;
                /** @description Only commands whose `seq` is higher. */
                since?: number;
            };
            header?: never;
            path: {
                session_id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of commands, oldest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HistoryPage"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_REMOVED: the details have the time and the reason */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    executeSessionCommand: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Makes a retry safe: for 24 hours, a request with the same key returns the first response and changes
                 *     nothing.
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description The revision that the content must be at, in double quotes.
                 * @example "12"
                 */
                "If-Match"?: string;
            };
            path: {
                session_id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CommandBody"];
            };
        };
        responses: {
            /** @description Command executed and committed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Executed"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_NOT_FOUND or NODE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNDO_CONFLICT: the same content has since been changed. IDEMPOTENCY_KEY_REUSED: the key was used for another request. NOTHING_TO_UNDO, NOTHING_TO_REDO */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_REMOVED: the details have the time and the reason */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REVISION_MISMATCH: the content is not at the revision in If-Match */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description PAYLOAD_TOO_LARGE: the body exceeds --body-limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_REQUEST: the Content-Encoding is not supported */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_COMMAND: not possible in the current state; nothing was changed */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    listEvents: {
        parameters: {
            query?: {
                /** @description The `epoch` that `since` is from. If the database has another one by now, `gap` is true. */
                epoch?: string;
                /**
                 * @description The maximum number of events in the response; 1,000 by default. There are fewer if they are large. A
                 *     stream has no end.
                 */
                limit?: number;
                /** @description Whether each event of a stream has its name in the field `event` as well. */
                named?: boolean;
                /** @description Only events whose `seq` is higher; 0 by default, which is before the first event. */
                since?: number;
            };
            header?: {
                /**
                 * @description The `id` of the last event that the reader has, which a browser sends when it reconnects. It takes the
                 *     place of `since`.
                 * @example 12
                 */
                "Last-Event-ID"?: string;
            };
            path: {
                session_id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of events, or a stream of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventList"];
                    "text/event-stream": components["schemas"]["StreamedEvent"];
                };
            };
            /** @description The session was removed: the stream has ended */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_REMOVED: the details have the time and the reason */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getGraph: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Respond with 304 if the content is still at one of these revisions.
                 * @example "12"
                 */
                "If-None-Match"?: string;
            };
            path: {
                session_id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The content as a flat list */
            200: {
                headers: {
                    /** @description The revision of the content, for If-Match and If-None-Match */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GraphBody"];
                };
            };
            /** @description The content is still at a revision in If-None-Match */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_REMOVED: the details have the time and the reason */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REVISION_MISMATCH: the content is not at a revision in If-Match */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    replaceGraph: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Makes a retry safe: for 24 hours, a request with the same key returns the first response and changes
                 *     nothing.
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description The revision that the content must be at, in double quotes.
                 * @example "12"
                 */
                "If-Match"?: string;
            };
            path: {
                session_id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewGraph"];
            };
        };
        responses: {
            /** @description Content replaced and committed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Executed"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_NOT_FOUND or NODE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNDO_CONFLICT: the same content has since been changed. IDEMPOTENCY_KEY_REUSED: the key was used for another request. NOTHING_TO_UNDO, NOTHING_TO_REDO */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_REMOVED: the details have the time and the reason */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REVISION_MISMATCH: the content is not at the revision in If-Match */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description PAYLOAD_TOO_LARGE: the body exceeds --body-limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_REQUEST: the Content-Encoding is not supported */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_COMMAND: not possible in the current state; nothing was changed */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getNode: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                node_id: components["schemas"]["NodeId"];
                session_id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The node */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NodeBody"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_NOT_FOUND or NODE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_REMOVED: the details have the time and the reason */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getTree: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Respond with 304 if the content is still at one of these revisions.
                 * @example "12"
                 */
                "If-None-Match"?: string;
            };
            path: {
                session_id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The content as a tree */
            200: {
                headers: {
                    /** @description The revision of the content, for If-Match and If-None-Match */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TreeBody"];
                };
            };
            /** @description The content is still at a revision in If-None-Match */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_REMOVED: the details have the time and the reason */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REVISION_MISMATCH: the content is not at a revision in If-Match */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getSessionInfo: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Session info */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionInfo"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_REMOVED: the details have the time and the reason */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    sendMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MessageBody"];
            };
        };
        responses: {
            /** @description Message sent */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_REMOVED: the details have the time and the reason */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description PAYLOAD_TOO_LARGE: the body exceeds --body-limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_REQUEST: the Content-Encoding is not supported */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    redo: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Makes a retry safe: for 24 hours, a request with the same key returns the first response and changes
                 *     nothing.
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description The revision that the content must be at, in double quotes.
                 * @example "12"
                 */
                "If-Match"?: string;
            };
            path: {
                session_id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["UndoBody"];
            };
        };
        responses: {
            /** @description Command executed and committed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Executed"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_NOT_FOUND or NODE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNDO_CONFLICT: the same content has since been changed. IDEMPOTENCY_KEY_REUSED: the key was used for another request. NOTHING_TO_UNDO, NOTHING_TO_REDO */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_REMOVED: the details have the time and the reason */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REVISION_MISMATCH: the content is not at the revision in If-Match */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description PAYLOAD_TOO_LARGE: the body exceeds --body-limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_REQUEST: the Content-Encoding is not supported */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_COMMAND: not possible in the current state; nothing was changed */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    restoreSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Session restored */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_EXISTS: the session is not removed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_REMOVED: the details have the time and the reason */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_COMMAND: --max-sessions is reached */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    createJoinToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JoinTokenRequest"];
            };
        };
        responses: {
            /** @description Join token created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewJoinToken"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_REMOVED: the details have the time and the reason */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description PAYLOAD_TOO_LARGE: the body exceeds --body-limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_REQUEST: the Content-Encoding is not supported */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    touchSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Session touched */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Touched"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_REMOVED: the details have the time and the reason */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    undo: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Makes a retry safe: for 24 hours, a request with the same key returns the first response and changes
                 *     nothing.
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description The revision that the content must be at, in double quotes.
                 * @example "12"
                 */
                "If-Match"?: string;
            };
            path: {
                session_id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["UndoBody"];
            };
        };
        responses: {
            /** @description Command executed and committed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Executed"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_NOT_FOUND or NODE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNDO_CONFLICT: the same content has since been changed. IDEMPOTENCY_KEY_REUSED: the key was used for another request. NOTHING_TO_UNDO, NOTHING_TO_REDO */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description SESSION_REMOVED: the details have the time and the reason */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REVISION_MISMATCH: the content is not at the revision in If-Match */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description PAYLOAD_TOO_LARGE: the body exceeds --body-limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_REQUEST: the Content-Encoding is not supported */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_COMMAND: not possible in the current state; nothing was changed */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getCleanupPolicy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Cleanup policy */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CleanupPolicy"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    cleanUpSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CleanupRequest"];
            };
        };
        responses: {
            /** @description Removed sessions */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CleanupReport"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description PAYLOAD_TOO_LARGE: the body exceeds --body-limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_REQUEST: the Content-Encoding is not supported */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    listTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Service tokens */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceTokenList"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    createToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenRequest"];
            };
        };
        responses: {
            /** @description Token created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewServiceToken"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description PAYLOAD_TOO_LARGE: the body exceeds --body-limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_REQUEST: the Content-Encoding is not supported */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_COMMAND: there are too many tokens */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    revokeToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Token revoked */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description TOKEN_NOT_FOUND: there is no token with this id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    listWebhooks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All webhooks */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointList"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    createWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewEndpoint"];
            };
        };
        responses: {
            /** @description Webhook created */
            201: {
                headers: {
                    /** @description The path of the webhook */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointWithSecret"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description PAYLOAD_TOO_LARGE: the body exceeds --body-limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_REQUEST: the Content-Encoding is not supported */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_COMMAND: there are 100 webhooks */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint_id: components["schemas"]["EndpointId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The webhook */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description WEBHOOK_NOT_FOUND or DELIVERY_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    deleteWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint_id: components["schemas"]["EndpointId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Webhook deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description WEBHOOK_NOT_FOUND or DELIVERY_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    updateWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint_id: components["schemas"]["EndpointId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["EndpointPatch"];
            };
        };
        responses: {
            /** @description The webhook */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description WEBHOOK_NOT_FOUND or DELIVERY_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description PAYLOAD_TOO_LARGE: the body exceeds --body-limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_REQUEST: the Content-Encoding is not supported */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                /** @description Only messages made before this one: the `next_before` of the previous page. */
                before?: string;
                /** @description The maximum number of messages in the response; 1,000 by default. */
                limit?: number;
                /** @description Only messages in this state. */
                state?: "pending" | "delivered" | "failed";
            };
            header?: never;
            path: {
                endpoint_id: components["schemas"]["EndpointId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of messages */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryPage"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description WEBHOOK_NOT_FOUND or DELIVERY_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    getDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint_id: components["schemas"]["EndpointId"];
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The message */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description WEBHOOK_NOT_FOUND or DELIVERY_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    retryDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint_id: components["schemas"]["EndpointId"];
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Message queued */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueuedMessage"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description WEBHOOK_NOT_FOUND or DELIVERY_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    enableWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint_id: components["schemas"]["EndpointId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The webhook */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description WEBHOOK_NOT_FOUND or DELIVERY_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    replayDeliveries: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint_id: components["schemas"]["EndpointId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReplayBody"];
            };
        };
        responses: {
            /** @description Messages queued */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replayed"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description WEBHOOK_NOT_FOUND or DELIVERY_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description PAYLOAD_TOO_LARGE: the body exceeds --body-limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_REQUEST: the Content-Encoding is not supported */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    rotateWebhookSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint_id: components["schemas"]["EndpointId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The webhook with its new secret */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointWithSecret"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description WEBHOOK_NOT_FOUND or DELIVERY_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    testWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint_id: components["schemas"]["EndpointId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Message queued */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueuedMessage"];
                };
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: there is no token, or it is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description WEBHOOK_NOT_FOUND or DELIVERY_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    connectWebSocket: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Switching to WebSocket */
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description INVALID_REQUEST: the request can't be parsed, or a field is invalid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAUTHORIZED: the token of the handshake is not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description FORBIDDEN: the token does not allow this, or the host or the origin is not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description REQUEST_TIMEOUT: the next chunk of the body was late */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INVALID_REQUEST: unsupported version of WebSocket; the header Sec-WebSocket-Version has the supported one */
            426: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description RATE_LIMITED: too many requests, invalid tokens or connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description INTERNAL_ERROR: the cause is in the server's log */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
}

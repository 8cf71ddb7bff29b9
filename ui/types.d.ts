// What the API answers, as far as the page reads it.

export interface Session {
  session_id: string;
  name: string | null;
  project_id: string | null;
  created_at: string;
  last_activity: string;
  active_clients: number;
  node_count: number;
  pinned: boolean;
  idle_timeout_hours: number | null;
  attributes: Record<string, unknown>;
  seq: number;
  revision: number;
}

export interface Client {
  client_id: string;
  transport: string;
  connected_at: string;
  user: unknown;
  presence: unknown;
}

export interface HistoryItem {
  command_id: string;
  command_type: string;
  client_id: string | null;
  timestamp: string;
  seq: number;
  revision: number;
  undone: boolean;
  redoable: boolean;
}

export interface CleanupStatus {
  removable: boolean;
  reasons: string[];
  idle_since: string | null;
  removable_at: string | null;
  last_command_at: string | null;
}

export interface ServiceToken {
  id: string;
  name: string;
  scope: string;
  project_id: string | null;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
}

export interface TreeNode {
  id: string;
  parent_id: string | null;
  blueprint_type_id: string;
  name: string;
  properties: Record<string, unknown>;
  children: TreeNode[];
}

/** A frame of the WebSocket: events, responses and notices alike. */
export interface Frame {
  type: string;
  [field: string]: any;
}

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

export interface Webhook {
  endpoint_id: string;
  url: string;
  types: string[] | null;
  project_id: string | null;
  enabled: boolean;
  created_at: string;
  disabled_at: string | null;
  disabled_reason: "request" | "gone" | "failing" | null;
  failing_since: string | null;
  pending: number;
}

export interface Delivery {
  message_id: string;
  type: string;
  timestamp: string;
  state: string;
  attempts: number;
  next_attempt_at: string | null;
  last_attempt_at: string | null;
  last_status: number | null;
  last_error: string | null;
  last_duration_ms: number | null;
  body: unknown;
}

export interface Setting {
  name: string;
  value: string | null;
  source: "default" | "file" | "environment" | "flag";
  group: string;
  help: string;
}

export interface TreeNode {
  id: string;
  parent_id: string | null;
  blueprint_type_id: string;
  name: string;
  properties: Record<string, unknown>;
  children: TreeNode[];
}

/** How much the server has to do; what is counted is counted since its start. */
export interface Load {
  clients: number;
  commands: number;
  commits: number;
  commit_seconds: number;
  waiting_jobs: number;
}

/** A frame of the WebSocket: events, responses and notices alike. */
export interface Frame {
  type: string;
  [field: string]: any;
}

//! The trait [`Storage`] on the maps: what the engine reads, and the write of its changes.

use std::collections::{BTreeSet, HashMap, VecDeque};

use super::{MemoryStep, MemoryStorage, StepState};
use crate::engine::head::Head;
use crate::engine::storage::{
    Delta, KeyedAnswer, NodeKey, ParentKey, ReadNode, Storage, Tree, UndoStep,
};
use crate::engine::tree::SessionKey;
use crate::engine::undo_scope::UndoScope;
use crate::error::Error;
use crate::json::encoded_len;
use crate::model::{Node, NodeId, OrderKey, PositionRemaps, SessionId, Timestamp};

impl Storage for MemoryStorage {
    async fn heads(&mut self, session_ids: &[SessionId]) -> Result<Vec<(SessionId, Head)>, Error> {
        let found = session_ids.iter().filter_map(|id| Some((*id, self.heads.get(id)?.clone())));
        Ok(found.collect())
    }

    async fn missing_session(&mut self, session_id: SessionId) -> Result<Error, Error> {
        Ok(Error::SessionNotFound(session_id))
    }

    async fn memberships(&mut self) -> Result<Vec<(String, SessionId)>, Error> {
        let clients = self.clients.iter();
        let named = clients
            .filter_map(|(key, client_id)| Some((client_id.clone(), *self.session_ids.get(key)?)));
        Ok(named.collect())
    }

    async fn nodes(&mut self, keys: &[NodeKey]) -> Result<Vec<ReadNode>, Error> {
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            let Some(stored) = self.stored(*key) else { continue };
            let parent = stored.node.parent_id.map(|parent_id| (key.0, parent_id));
            found.push((*key, Ok(stored)));
            if let Some(parent) = parent
                && let Some(stored) = self.stored(parent)
            {
                found.push((parent, Ok(stored)));
            }
        }
        Ok(found)
    }

    async fn ancestors(
        &mut self,
        keys: &[NodeKey],
    ) -> Result<Vec<(NodeKey, Option<NodeId>)>, Error> {
        let mut found = HashMap::new();
        for (tree, node_id) in keys {
            let mut next = Some(*node_id);
            while let Some(node_id) = next
                && let Some(node) = self.nodes.get(&(*tree, node_id))
                && found.insert((*tree, node_id), node.parent_id).is_none()
            {
                next = node.parent_id;
            }
        }
        Ok(found.into_iter().collect())
    }

    async fn last_positions(
        &mut self,
        parents: &[ParentKey],
    ) -> Result<Vec<(ParentKey, Option<OrderKey>)>, Error> {
        let last = |parent: &ParentKey| {
            self.children.get(parent).and_then(BTreeSet::last).map(|(position, _)| position.clone())
        };
        Ok(parents.iter().map(|parent| (*parent, last(parent))).collect())
    }

    async fn sibling_positions(
        &mut self,
        parents: &[ParentKey],
        max: usize,
    ) -> Result<Vec<Option<Vec<OrderKey>>>, Error> {
        let positions = |parent: &ParentKey| {
            (self.child_count(*parent) <= max as i64)
                .then(|| self.sibling_set(*parent).map(|(position, _)| position.clone()).collect())
        };
        Ok(parents.iter().map(positions).collect())
    }

    async fn positions_from(
        &mut self,
        parent: ParentKey,
        skip: i64,
    ) -> Result<Vec<OrderKey>, Error> {
        let skip = usize::try_from(skip).unwrap_or_default();
        let positions = self.sibling_set(parent).skip(skip).take(3);
        Ok(positions.map(|(position, _)| position.clone()).collect())
    }

    async fn rank(
        &mut self,
        parent: ParentKey,
        position: &OrderKey,
        except: Option<NodeId>,
    ) -> Result<(i64, bool), Error> {
        let before = self.sibling_set(parent).take_while(|(at, _)| at < position).count();
        let mut others = self.sibling_set(parent).skip(before).take_while(|(at, _)| at == position);
        let taken = others.any(|(_, node_id)| Some(*node_id) != except);
        Ok((before as i64, taken))
    }

    async fn subtree(&mut self, key: NodeKey) -> Result<Vec<Node>, Error> {
        let mut found = Vec::new();
        let mut waiting = vec![key.1];
        while let Some(node_id) = waiting.pop() {
            found.extend(self.nodes.get(&(key.0, node_id)).cloned());
            waiting.extend(self.sibling_set((key.0, Some(node_id))).map(|(_, child)| *child));
        }
        Ok(found)
    }

    async fn height(
        &mut self,
        key: NodeKey,
        max_levels: usize,
        max_nodes: Option<i64>,
    ) -> Result<(usize, i64), Error> {
        let (mut levels, mut nodes) = (0, 0);
        let mut waiting = VecDeque::from([(key.1, 1)]);
        while let Some((node_id, level)) = waiting.pop_front()
            && max_nodes.is_none_or(|max_nodes| nodes <= max_nodes)
        {
            (levels, nodes) = (level, nodes + 1);
            if level <= max_levels {
                let children = self.sibling_set((key.0, Some(node_id)));
                waiting.extend(children.map(|(_, child)| (*child, level + 1)));
            }
        }
        Ok((levels, nodes))
    }

    async fn all_nodes(
        &mut self,
        tree: Tree,
        max_bytes: usize,
    ) -> Result<Option<Vec<Node>>, Error> {
        let mut nodes: Vec<Node> = self
            .nodes
            .iter()
            .filter(|(key, _)| key.0 == tree)
            .map(|(_, node)| node.clone())
            .collect();
        let size = |node: &Node| node.name.len() + encoded_len(&node.properties);
        if nodes.iter().map(size).sum::<usize>() > max_bytes {
            return Ok(None);
        }
        nodes.sort_by(|a, b| (a.parent_id, &a.position).cmp(&(b.parent_id, &b.position)));
        Ok(Some(nodes))
    }

    async fn roots(&mut self, tree: Tree) -> Result<Vec<NodeId>, Error> {
        Ok(self.children_of((tree, None)))
    }

    async fn undo_step(
        &mut self,
        session: SessionKey,
        scope: UndoScope<'_>,
    ) -> Result<Option<UndoStep>, Error> {
        let mut applied = self.steps_of(session).rev().filter(|(_, step)| {
            step.state == StepState::Applied && step.is_owned_by(scope.owner())
        });
        let Some(found) = applied.next() else { return Ok(None) };
        let more = applied.next().is_some();
        Ok(Some(self.undo_step_of(session, found, more)))
    }

    async fn redo_step(
        &mut self,
        session: SessionKey,
        scope: UndoScope<'_>,
    ) -> Result<Option<UndoStep>, Error> {
        let undone = self.steps_of(session).filter_map(|(number, step)| match step.state {
            StepState::Undone(of, seq) if of == scope.scope && step.is_owned_by(scope.owner()) => {
                Some((seq, number, step))
            }
            _ => None,
        });
        let mut undone: Vec<_> = undone.collect();
        undone.sort_by_key(|(seq, ..)| *seq);
        let Some((_, number, step)) = undone.pop() else { return Ok(None) };
        let more = !undone.is_empty();
        Ok(Some(self.undo_step_of(session, (number, step), more)))
    }

    async fn position_remaps(
        &mut self,
        session: SessionKey,
        after: i64,
    ) -> Result<PositionRemaps, Error> {
        let later = self.remaps.iter().filter(|(of, at, _)| *of == session && *at > after);
        Ok(later.map(|(_, _, remap)| remap.clone()).collect())
    }

    async fn answers(
        &mut self,
        keys: &[(SessionKey, &str)],
    ) -> Result<Vec<(SessionKey, String, KeyedAnswer)>, Error> {
        let found = keys.iter().filter_map(|(session, key)| {
            let answer = self.answers.get(&(*session, (*key).to_owned()))?;
            Some((*session, (*key).to_owned(), answer.clone()))
        });
        Ok(found.collect())
    }

    fn write(&mut self, _now: Timestamp, delta: Delta<'_>) -> Result<(), Error> {
        delta.deleted_nodes.into_iter().for_each(|key| self.remove_node(key));
        for (tree, node) in delta.nodes {
            self.remove_node((tree, node.node_id));
            self.add_node(tree, node.clone());
            self.count_node(tree, node.parent_id, 1);
        }
        self.history.steps.extend(delta.steps.iter().cloned());
        self.history.trims.extend(&delta.trims);
        self.history.step_changes.extend(delta.step_changes.iter().cloned());
        self.history.remaps.extend(delta.remaps.iter().cloned());
        for step in delta.steps {
            let content = MemoryStep {
                command_id: step.command_id,
                client_id: step.client_id,
                revision: step.revision,
                bytes_before: step.bytes_before,
                remapped_at: None,
                state: StepState::Applied,
                changes: step.changes,
            };
            self.steps.insert((step.session, step.step), content);
        }
        delta.trims.into_iter().for_each(|trim| self.trim(trim));
        delta.step_changes.into_iter().for_each(|change| self.change_steps(change));
        for new in delta.remaps {
            let remaps = new.remaps.into_iter();
            self.remaps.extend(remaps.map(|remap| (new.session, new.revision, remap)));
        }
        for head in delta.heads {
            if let Some(stored) = self.head_of(head.key) {
                stored.revision = head.revision;
                stored.steps = head.steps;
                stored.history_bytes = head.history_bytes;
                stored.undone = head.undone;
            }
        }
        for (session, key, answer) in delta.answers {
            self.answers.insert((session, key), answer);
        }
        for (session, client_id) in delta.deleted_clients {
            if self.clients.remove(&(session, client_id))
                && let Some(head) = self.head_of(session)
            {
                head.active_clients -= 1;
            }
        }
        for client in delta.clients {
            if self.clients.insert((client.session, client.client_id))
                && let Some(head) = self.head_of(client.session)
            {
                head.active_clients += 1;
            }
        }
        for (session, event) in delta.events {
            if let Some(head) = self.head_of(*session) {
                (head.seq, head.time) = (event.seq, head.time.max(event.at));
            }
            self.events.push(event.clone());
        }
        Ok(())
    }
}

//! JSON as a tree without doubled names, which FHIR forbids and parsers resolve each in their own way (RFC 8259, 4).

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A value. It has no `Debug`: it holds names.
pub(super) enum Node {
    Nothing,
    Truth(bool),
    Number,
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    /// What has this name in an object.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        self.names().find(|(n, _)| *n == name).map(|(_, node)| node)
    }

    /// Names and values of an object; nothing of anything else.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, &Node)> {
        let of: &[(String, Node)] = match self {
            Node::Object(of) => of,
            _ => &[],
        };
        of.iter().map(|(name, node)| (name.as_str(), node))
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text that has this name.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name)?.text()
    }

    /// The values of a list; a value that is none is a list of one, as elements are that R4 has once and R5 often.
    pub(super) fn each(&self) -> &[Node] {
        match self {
            Node::List(list) => list,
            Node::Nothing => &[],
            one => std::slice::from_ref(one),
        }
    }

    /// The values of the list that has this name.
    pub(super) fn each_of(&self, name: &str) -> &[Node] {
        self.get(name).map(Node::each).unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tree)
    }
}

struct Tree;

impl<'de> Visitor<'de> for Tree {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Nothing)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Node, E> {
        Ok(Node::Truth(truth))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Number)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Number)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Number)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element()? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut nodes: Vec<(String, Node)> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        while let Some((name, node)) = map.next_entry::<String, Node>()? {
            if !seen.insert(name.clone()) {
                return Err(A::Error::custom("a name stands twice"));
            }
            nodes.push((name, node));
        }
        Ok(Node::Object(nodes))
    }
}

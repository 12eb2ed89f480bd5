//! Circles of files that import each other.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt::Write as _;

use super::imports::Import;
use super::tree::Tree;

/// The imports behind each edge, by the file that imports and the file that defines.
pub type Edges<'a> = BTreeMap<&'a str, BTreeMap<&'a str, Vec<&'a Import>>>;

/// The edges between files: from each file to those that its imports depend on. A file that only declares and re-exports
/// is neither end of an edge.
pub fn edges<'a>(tree: &Tree, imports: &'a [Import]) -> Edges<'a> {
    let mut edges = Edges::new();
    for import in imports.iter().filter(|import| !tree.declares_only.contains(&import.from)) {
        for to in import.targets(tree) {
            edges.entry(&import.from).or_default().entry(to).or_default().push(import);
        }
    }
    edges
}

/// The groups of two or more files in which each file reaches every other, the largest first.
pub fn circles<'a>(edges: &Edges<'a>) -> Vec<Vec<&'a str>> {
    let mut tarjan = Tarjan { edges, next: 0, seen: HashMap::new(), stack: Vec::new(), found: Vec::new() };
    for file in edges.keys() {
        if !tarjan.seen.contains_key(file) {
            tarjan.visit(file);
        }
    }
    let mut found = tarjan.found;
    found.sort_by(|left, right| right.len().cmp(&left.len()).then(left.cmp(right)));
    found
}

struct Seen {
    index: usize,
    low: usize,
    on_stack: bool,
}

/// Tarjan's algorithm for strongly connected components.
struct Tarjan<'e, 'a> {
    edges: &'e Edges<'a>,
    next: usize,
    seen: HashMap<&'a str, Seen>,
    stack: Vec<&'a str>,
    found: Vec<Vec<&'a str>>,
}

impl<'a> Tarjan<'_, 'a> {
    fn visit(&mut self, file: &'a str) -> usize {
        let index = self.next;
        self.next += 1;
        self.seen.insert(file, Seen { index, low: index, on_stack: true });
        self.stack.push(file);
        let mut low = index;
        for to in self.edges.get(file).into_iter().flat_map(BTreeMap::keys) {
            match self.seen.get(to) {
                None => low = low.min(self.visit(to)),
                Some(seen) if seen.on_stack => low = low.min(seen.index),
                Some(_) => {}
            }
        }
        if let Some(seen) = self.seen.get_mut(file) {
            seen.low = low;
        }
        if low == index {
            let mut component = Vec::new();
            while let Some(member) = self.stack.pop() {
                if let Some(seen) = self.seen.get_mut(member) {
                    seen.on_stack = false;
                }
                component.push(member);
                if member == file {
                    break;
                }
            }
            if component.len() > 1 {
                component.sort_unstable();
                self.found.push(component);
            }
        }
        low
    }
}

/// The shortest way from a file of the circle back to itself.
pub fn shortest<'a>(edges: &Edges<'a>, circle: &[&'a str]) -> Vec<&'a str> {
    let members: BTreeSet<_> = circle.iter().copied().collect();
    let mut best: Option<Vec<&str>> = None;
    for start in circle {
        let mut previous: HashMap<&str, &str> = HashMap::new();
        let mut queue = VecDeque::from([*start]);
        'search: while let Some(file) = queue.pop_front() {
            for to in edges.get(file).into_iter().flat_map(BTreeMap::keys).filter(|to| members.contains(*to))
            {
                if to == start {
                    let mut way = vec![file];
                    while let Some(before) = previous.get(way[way.len() - 1]) {
                        way.push(before);
                    }
                    way.reverse();
                    if best.as_ref().is_none_or(|best| way.len() < best.len()) {
                        best = Some(way);
                    }
                    break 'search;
                }
                if !previous.contains_key(to) {
                    previous.insert(to, file);
                    queue.push_back(to);
                }
            }
        }
    }
    best.unwrap_or_default()
}

/// The paths behind one edge, each with its lines.
pub fn causes(imports: &[&Import]) -> String {
    let mut lines: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for import in imports {
        lines.entry(&import.path).or_default().insert(import.line);
    }
    let mut text = String::new();
    for (path, lines) in lines {
        let lines: Vec<_> = lines.iter().map(ToString::to_string).collect();
        let _ = write!(text, "{}{path} ({})", if text.is_empty() { "" } else { ", " }, lines.join(" "));
    }
    text
}

/// The shortest circle of a group, with the lines behind each edge; with `whole`, every edge of the group.
pub fn describe(edges: &Edges<'_>, circle: &[&str], whole: bool) -> String {
    let way = shortest(edges, circle);
    let mut text = format!("{} files import each other: {}\n", circle.len(), circle.join(" "));
    let _ = writeln!(text, "  shortest circle: {} -> {}", way.join(" -> "), way[0]);
    let edge = |text: &mut String, from: &str, to: &str| {
        let _ = writeln!(text, "  {from} -> {to}: {}", causes(&edges[from][to]));
    };
    if whole {
        for from in circle {
            for to in edges.get(from).into_iter().flat_map(BTreeMap::keys).filter(|to| circle.contains(*to)) {
                edge(&mut text, from, to);
            }
        }
    } else {
        for (at, from) in way.iter().enumerate() {
            edge(&mut text, from, way[(at + 1) % way.len()]);
        }
    }
    text
}

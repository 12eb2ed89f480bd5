//! Resolves a path through modules, imports, re-exports and globs to the definition.

use std::collections::HashSet;

use super::tree::{Def, Segments, Tree};

/// The end of a path.
#[derive(Clone, PartialEq, Eq)]
pub enum Target {
    /// A module.
    Module(usize),
    /// An item, by its file and its variants.
    Item(String, Vec<String>),
    /// An item of another crate.
    Outside,
}

/// The name of the library, by which the program imports it.
const LIBRARY: &str = "apiconn";

/// The names that are being looked up, to end a circle of re-exports.
pub type Visited = HashSet<(usize, String)>;

impl Tree {
    /// The meanings of `name` in `module`, through imports and globs.
    pub fn lookup(&self, module: usize, name: &str, visited: &mut Visited) -> Vec<Target> {
        let here = &self.modules[module];
        let first = visited.insert((module, name.to_owned()));
        let mut found = Vec::new();
        for def in here.names.get(name).into_iter().flatten() {
            match def {
                Def::Module(child) => found.push(Target::Module(*child)),
                Def::Item(variants) => found.push(Target::Item(here.file.clone(), variants.clone())),
                // With `mod log; use log::log;`, the first `log` of the path is not the import itself.
                Def::Use(_) if !first => {}
                Def::Use(path) => match self.follow(module, path, visited) {
                    Some((targets, _)) => found.extend(targets),
                    None => found.push(Target::Outside),
                },
            }
        }
        if !first {
            return found;
        }
        if found.is_empty() {
            found = self.through_globs(module, &here.globs, name, visited);
        }
        if found.is_empty() && here.generated.contains(name) {
            found.push(Target::Item(here.file.clone(), Vec::new()));
        }
        let leads_outside = |glob: &Segments, visited: &mut Visited| {
            let base = self.follow(module, glob, visited);
            base.is_none_or(|(targets, _)| targets.iter().all(|target| *target == Target::Outside))
        };
        if found.is_empty() && here.globs.iter().any(|glob| leads_outside(glob, visited)) {
            found.push(Target::Outside);
        }
        visited.remove(&(module, name.to_owned()));
        found
    }

    /// The meanings of `name` in the modules and enums that the globs of `module` import.
    pub fn through_globs(
        &self,
        module: usize,
        globs: &[Segments],
        name: &str,
        visited: &mut Visited,
    ) -> Vec<Target> {
        let mut found = Vec::new();
        for glob in globs {
            let key = (module, format!("{}::*", glob.join("::")));
            if !visited.insert(key.clone()) {
                continue;
            }
            for base in self.follow(module, glob, visited).map(|(targets, _)| targets).unwrap_or_default() {
                match base {
                    Target::Module(base) => found.extend(self.lookup(base, name, visited)),
                    Target::Item(file, variants) if variants.iter().any(|variant| variant == name) => {
                        found.push(Target::Item(file, Vec::new()));
                    }
                    Target::Item(..) | Target::Outside => {}
                }
            }
            visited.remove(&key);
            if !found.is_empty() {
                break;
            }
        }
        found
    }

    /// Follows a path from `module`. `None` if it refers to another crate; no targets if its end was not found.
    pub fn follow(
        &self,
        module: usize,
        path: &[String],
        visited: &mut Visited,
    ) -> Option<(Vec<Target>, Option<usize>)> {
        let (first, rest) = path.split_first()?;
        let start = match first.as_str() {
            "crate" | "$crate" => Target::Module(self.modules[module].root),
            "self" => Target::Module(module),
            "super" => Target::Module(self.modules[module].parent?),
            _ => {
                let found = self.lookup(module, first, visited);
                if !found.is_empty() {
                    return Some(self.walk(found, rest, visited));
                }
                if first == LIBRARY && self.modules[module].root != 0 {
                    return Some(self.walk(vec![Target::Module(0)], rest, visited));
                }
                return None;
            }
        };
        Some(self.walk(vec![start], rest, visited))
    }

    /// Follows the rest of a path from the meanings of its first segments. The second value is the last module in which
    /// a segment was looked up.
    pub fn walk(
        &self,
        mut targets: Vec<Target>,
        rest: &[String],
        visited: &mut Visited,
    ) -> (Vec<Target>, Option<usize>) {
        let mut written = None;
        for segment in rest {
            let module = targets.iter().find_map(|target| match target {
                Target::Module(module) => Some(*module),
                Target::Item(..) | Target::Outside => None,
            });
            // `Type::method` ends at the type.
            let Some(module) = module else { break };
            targets = match segment.as_str() {
                "super" => self.modules[module].parent.map(Target::Module).into_iter().collect(),
                "self" => continue,
                _ => {
                    written = Some(module);
                    self.lookup(module, segment, visited)
                }
            };
            if targets.is_empty() {
                break;
            }
        }
        (targets, written)
    }
}

//! Reads the fenced blocks of a Markdown file, and writes new outputs into it.

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

/// Only one test at a time rewrites a file.
static WRITING: Mutex<()> = Mutex::new(());

/// A fenced block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The words after the three backticks.
    pub fence: String,
    /// The lines between the fences, each with its line end.
    pub text: String,
}

/// A Markdown file of this repository.
pub struct Document {
    path: PathBuf,
    pub text: String,
}

impl Document {
    /// Reads a file; `name` is its path from the root of the repository.
    pub fn read(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { path, text }
    }

    /// Returns every fenced block, in order.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut lines = self.text.lines();
        while let Some(line) = lines.next() {
            if let Some(fence) = line.strip_prefix("```") {
                let body: String =
                    lines.by_ref().take_while(|line| *line != "```").flat_map(|line| [line, "\n"]).collect();
                blocks.push(Block { fence: fence.to_owned(), text: body });
            }
        }
        blocks
    }

    /// Returns the texts of the blocks with exactly this fence.
    pub fn blocks_of(&self, fence: &str) -> Vec<String> {
        self.blocks().into_iter().filter(|block| block.fence == fence).map(|block| block.text).collect()
    }

    /// Returns the text between this heading and the next one of the same level or above.
    pub fn section(&self, heading: &str) -> &str {
        let (_, section) = self.text.split_once(&format!("\n{heading}\n")).unwrap();
        let level = heading.split(' ').next().unwrap().len();
        let end = (1..=level).filter_map(|level| section.find(&format!("\n{} ", "#".repeat(level)))).min();
        end.map_or(section, |end| &section[..end])
    }

    /// Replaces blocks by new ones, and writes the file. `before` is the block before each, or none.
    pub fn replace(&self, changes: &[(Option<Block>, Block, Block)]) {
        let _guard = WRITING.lock().unwrap();
        let mut text = fs::read_to_string(&self.path).unwrap();
        let whole = |block: &Block| format!("```{}\n{}```\n", block.fence, block.text);
        for (before, old, new) in changes {
            let before = before.as_ref().map_or_else(String::new, |block| whole(block) + "\n");
            let place = before.clone() + &whole(old);
            assert_eq!(text.matches(&place).count(), 1, "not there, or there twice:\n{place}");
            text = text.replacen(&place, &(before + &whole(new)), 1);
        }
        fs::write(&self.path, text).unwrap();
    }
}

//! SQL of permission groups.

use rusqlite::params;

use crate::domain::group::Group;
use crate::domain::group::GroupScopes;
use crate::domain::name::{Name, Text};
use crate::domain::scope::ScopeSet;
use crate::store::error::StoreError;
use crate::store::groups::{GroupReads, GroupWrites};
use crate::store::holders::Holders;

use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::rows::{FromRow, RowCursor, select};

/// Reads from `permission_groups p`.
impl FromRow for Group {
    fn columns() -> Vec<&'static str> {
        vec![
            "p.name",
            "p.description",
            "p.scope",
            "p.created_at",
            "(SELECT count(*) FROM clients c WHERE c.group_seq = p.seq AND c.stored_state <> 'revoked')",
        ]
    }

    fn read(row: &mut RowCursor<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            name: row.text()?,
            description: row.optional_text()?,
            scopes: row.text()?,
            created_at: row.time()?,
            members: row.value()?,
        })
    }
}

/// Reads from `permission_groups p`.
impl FromRow for GroupScopes {
    fn columns() -> Vec<&'static str> {
        vec!["p.name", "p.scope"]
    }

    fn read(row: &mut RowCursor<'_>) -> rusqlite::Result<Self> {
        Ok(Self { name: row.text()?, scopes: row.text()? })
    }
}

impl GroupReads for SqliteTx<'_> {
    fn group_scopes(&self) -> Result<Vec<GroupScopes>, StoreError> {
        let sql = format!("SELECT {} FROM permission_groups p ORDER BY p.name", select::<GroupScopes>());
        self.rows(&sql, [], GroupScopes::read)
    }

    fn groups(&self) -> Result<Vec<Group>, StoreError> {
        let sql = format!("SELECT {} FROM permission_groups p ORDER BY p.name", select::<Group>());
        self.rows(&sql, [], Group::read)
    }

    fn group(&self, name: &Name) -> Result<Option<Group>, StoreError> {
        let sql = format!("SELECT {} FROM permission_groups p WHERE p.name = ?1", select::<Group>());
        self.first(&sql, [name.as_str()], Group::read)
    }

    fn group_holders(&self, name: &Name) -> Result<Holders, StoreError> {
        self.only(
            "SELECT count(*) FILTER (WHERE c.kind = 'key'), count(*) FILTER (WHERE c.kind = 'consumer') \
             FROM clients c JOIN permission_groups p ON p.seq = c.group_seq WHERE p.name = ?1 AND c.stored_state <> 'revoked'",
            [name.as_str()],
            |row| Ok(Holders { keys: row.value()?, consumers: row.value()?, ..Holders::default() }),
        )
    }
}

impl GroupWrites for SqliteTx<'_> {
    fn insert_group(&mut self, group: &Group) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO permission_groups (name, description, scope, created_at) VALUES (?1, ?2, ?3, ?4)",
            params![
                group.name.as_str(),
                group.description.as_ref().map(Text::as_str),
                group.scopes.to_string(),
                group.created_at.millis()
            ],
        )?;
        Ok(())
    }

    fn update_group(
        &mut self,
        name: &Name,
        description: Option<&Text>,
        scopes: &ScopeSet,
    ) -> Result<(), StoreError> {
        self.execute(
            "UPDATE permission_groups SET description = ?2, scope = ?3 WHERE name = ?1",
            params![name.as_str(), description.map(Text::as_str), scopes.to_string()],
        )?;
        Ok(())
    }

    fn delete_group(&mut self, name: &Name) -> Result<(), StoreError> {
        // The foreign key allows no reference to a deleted group, and the rows of revoked clients stay.
        self.execute(
            "UPDATE clients SET group_seq = NULL WHERE stored_state = 'revoked' \
             AND group_seq = (SELECT seq FROM permission_groups WHERE name = ?1)",
            [name.as_str()],
        )?;
        self.execute("DELETE FROM permission_groups WHERE name = ?1", [name.as_str()])?;
        Ok(())
    }
}

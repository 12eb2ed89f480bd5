//! Declared scopes and permission groups.

use rusqlite::{Row, params};

use crate::domain::group::Group;
use crate::domain::group::GroupScopes;
use crate::domain::name::{Name, Text};
use crate::domain::scope::ScopeEntry;
use crate::domain::scope::{Scope, ScopeSet};
use crate::store::catalog::{CatalogReads, CatalogWrites, Holders};

use crate::store::sqlite::StoreError;
use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::rows;

const GROUP: &str = "SELECT p.name, p.description, p.scope, p.created_at, \
     (SELECT count(*) FROM clients c WHERE c.group_seq = p.seq AND c.stored_state <> 'revoked') FROM permission_groups p";

fn group(row: &Row<'_>) -> rusqlite::Result<Group> {
    Ok(Group {
        name: rows::text(row, 0)?,
        description: rows::optional_text(row, 1)?,
        scopes: rows::text(row, 2)?,
        created_at: rows::time(row, 3)?,
        members: row.get(4)?,
    })
}

impl CatalogReads for SqliteTx<'_> {
    fn scopes(&self) -> Result<Vec<ScopeEntry>, StoreError> {
        self.rows("SELECT scope, description, created_at FROM scopes ORDER BY scope", [], |row| {
            Ok(ScopeEntry {
                scope: rows::text(row, 0)?,
                description: rows::text(row, 1)?,
                created_at: rows::time(row, 2)?,
            })
        })
    }

    fn scope_holders(&self, scope: &Scope) -> Result<Holders, StoreError> {
        self.only(
            "SELECT
               (SELECT count(*) FROM clients WHERE kind = 'key' AND stored_state <> 'revoked' AND instr(' ' || scope || ' ', ?1) > 0),
               (SELECT count(*) FROM clients WHERE kind = 'consumer' AND stored_state <> 'revoked' AND instr(' ' || scope || ' ', ?1) > 0),
               (SELECT count(*) FROM permission_groups WHERE instr(' ' || scope || ' ', ?1) > 0),
               (SELECT count(*) FROM grants WHERE revoked_at IS NULL AND instr(' ' || scope || ' ', ?1) > 0)",
            [format!(" {scope} ")],
            |row| Ok(Holders { keys: row.get(0)?, consumers: row.get(1)?, groups: row.get(2)?, grants: row.get(3)? }),
        )
    }

    fn group_holders(&self, name: &Name) -> Result<Holders, StoreError> {
        self.only(
            "SELECT count(*) FILTER (WHERE c.kind = 'key'), count(*) FILTER (WHERE c.kind = 'consumer') \
             FROM clients c JOIN permission_groups p ON p.seq = c.group_seq WHERE p.name = ?1 AND c.stored_state <> 'revoked'",
            [name.as_str()],
            |row| Ok(Holders { keys: row.get(0)?, consumers: row.get(1)?, ..Holders::default() }),
        )
    }

    fn group_scopes(&self) -> Result<Vec<GroupScopes>, StoreError> {
        self.rows("SELECT name, scope FROM permission_groups ORDER BY name", [], |row| {
            Ok(GroupScopes { name: rows::text(row, 0)?, scopes: rows::text(row, 1)? })
        })
    }

    fn groups(&self) -> Result<Vec<Group>, StoreError> {
        self.rows(&format!("{GROUP} ORDER BY p.name"), [], group)
    }

    fn group(&self, name: &Name) -> Result<Option<Group>, StoreError> {
        self.first(&format!("{GROUP} WHERE p.name = ?1"), [name.as_str()], group)
    }
}

impl CatalogWrites for SqliteTx<'_> {
    fn insert_scope(&mut self, entry: &ScopeEntry) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO scopes (scope, description, created_at) VALUES (?1, ?2, ?3)",
            params![entry.scope.as_str(), entry.description.as_str(), entry.created_at.millis()],
        )?;
        Ok(())
    }

    fn set_scope_description(&mut self, scope: &Scope, description: &Text) -> Result<(), StoreError> {
        self.execute(
            "UPDATE scopes SET description = ?2 WHERE scope = ?1",
            params![scope.as_str(), description.as_str()],
        )?;
        Ok(())
    }

    fn delete_scope(&mut self, scope: &Scope) -> Result<(), StoreError> {
        self.execute("DELETE FROM scopes WHERE scope = ?1", [scope.as_str()])?;
        Ok(())
    }

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
        // Revoked clients keep their row, but not a group that is gone.
        self.execute(
            "UPDATE clients SET group_seq = NULL WHERE stored_state = 'revoked' \
             AND group_seq = (SELECT seq FROM permission_groups WHERE name = ?1)",
            [name.as_str()],
        )?;
        self.execute("DELETE FROM permission_groups WHERE name = ?1", [name.as_str()])?;
        Ok(())
    }
}

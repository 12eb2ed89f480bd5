//! SQL of declared scopes.

use rusqlite::params;

use crate::domain::name::Text;
use crate::domain::scope::Scope;
use crate::domain::scope::ScopeEntry;
use crate::store::error::StoreError;
use crate::store::holders::Holders;
use crate::store::scopes::{ScopeReads, ScopeWrites};

use crate::store::sqlite::connection::transaction::SqliteTx;

impl ScopeReads for SqliteTx<'_> {
    fn scopes(&self) -> Result<Vec<ScopeEntry>, StoreError> {
        self.rows("SELECT scope, description, created_at FROM scopes ORDER BY scope", [], |row| {
            Ok(ScopeEntry { scope: row.text()?, description: row.text()?, created_at: row.time()? })
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
            |row| {
                Ok(Holders {
                    keys: row.value()?,
                    consumers: row.value()?,
                    groups: row.value()?,
                    grants: row.value()?,
                })
            },
        )
    }
}

impl ScopeWrites for SqliteTx<'_> {
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
}

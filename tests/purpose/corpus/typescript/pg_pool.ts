// credential: postgres DATABASE_URL
// file: src/orders.ts
import { Pool } from 'pg';
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 5 });
export async function list() {
  // need: table.read
  const { rows } = await pool.query('SELECT id, total FROM orders WHERE paid = $1', [true]);
  return rows;
}
export async function purge() {
  // need: row.destroy
  await pool.query(`DELETE FROM orders WHERE created < now() - interval '1 year'`);
}

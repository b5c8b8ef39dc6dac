// credential: postgres DATABASE_URL
// file: src/db.ts
import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();
// need: table.read
export const users = () => prisma.user.findMany({ where: { active: true } });
// need: table.write
export const add = (email: string) => prisma.user.upsert({ where: { email }, update: {}, create: { email } });

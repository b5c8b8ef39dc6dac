// credential: aws AWS_ACCESS_KEY_ID
// file: src/items.ts
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
const ddb = DynamoDBDocumentClient.from(new DynamoDBClient({}));
// need: table.read @ table=items
export const get = (id: string) => ddb.send(new GetCommand({ TableName: 'items', Key: { id } }));
// need: table.write @ table=items
export const put = (item: object) => ddb.send(new PutCommand({ TableName: 'items', Item: item }));

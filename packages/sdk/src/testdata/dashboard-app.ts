// dashboard-app.ts — an app that starts a dashboard, says where it is, and then ends in the way its argument names.
//
//   node dashboard-app.ts <data folder> return|wait

import { startDashboardServer } from "../index.ts";

const [dataDirectory = "", ending] = process.argv.slice(2);
const dashboard = await startDashboardServer(0, { dataDirectory });
process.stdout.write(`${dashboard.url}\n`);
if (ending === "wait") setInterval(() => {}, 1_000);

// A dashboard inside your own program; as a command it is `telemetry`.

export {
  DataFolderInUseError,
  openDashboard,
  PortUnavailableError,
  VERSION,
  type DashboardHandle,
  type DashboardOptions,
  type DataFolderHolder,
} from "./dashboard.ts";

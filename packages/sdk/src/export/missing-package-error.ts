// missing-package-error.ts — a package that the app has to install for what it has configured.

/** The sender keeps the records, or takes another protocol. */
export class MissingPackageError extends Error {
  override readonly name = "MissingPackageError";
  readonly packageName: string;
  readonly installCommand: string;

  constructor(packageName: string, purpose: string, options?: ErrorOptions) {
    const installCommand = `npm install ${packageName}`;
    super(
      `Cannot ${purpose}: the package "${packageName}" is not installed; "${installCommand}" adds it`,
      options,
    );
    this.packageName = packageName;
    this.installCommand = installCommand;
  }
}

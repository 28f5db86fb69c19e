namespace ServerlessMme.Cli.Composition;

/// <summary>The exit codes of <c>mme</c>. docs/operations.md has the same table.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>The command ran, but something was refused or failed; standard error explains it.</summary>
    public const int Failed = 1;

    /// <summary>The command line is invalid, or names a file or folder that doesn't exist.</summary>
    public const int Usage = 2;

    /// <summary>Storage has no model, job, message or image with that name.</summary>
    public const int NotFound = 3;

    /// <summary>A setting is missing or invalid.</summary>
    public const int Settings = 4;

    /// <summary>Storage doesn't answer, or refuses access.</summary>
    public const int Storage = 5;

    /// <summary>The machine refuses: a port in use, a missing permission or program, a full disk.</summary>
    public const int Machine = 6;

    /// <summary><c>mme drift --fail-on-drift</c> found drift.</summary>
    public const int Drift = 7;

    /// <summary>An unexpected failure: a bug. The number is EX_SOFTWARE of sysexits.h.</summary>
    public const int Unexpected = 70;

    /// <summary>Ended by Ctrl-C: 128 plus SIGINT's number, the convention of shells.</summary>
    public const int Cancelled = 130;
}

namespace ServerlessMme.Cli.Composition;

/// <summary>The exit codes of <c>mme</c>.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>Something was refused or failed; standard error explains it.</summary>
    public const int Failed = 1;

    /// <summary>The command line is invalid.</summary>
    public const int Usage = 2;

    /// <summary>Ended by Ctrl-C: 128 plus SIGINT's number, the convention of shells.</summary>
    public const int Cancelled = 130;
}

namespace ServerlessMme.Cli.Composition;

/// <summary>What <c>mme</c> ends with.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>Something was refused or went wrong; standard error says what.</summary>
    public const int Failed = 1;

    /// <summary>The command line cannot be carried out as it is.</summary>
    public const int Usage = 2;

    /// <summary>Ended by Ctrl-C, as shells count it.</summary>
    public const int Cancelled = 130;
}

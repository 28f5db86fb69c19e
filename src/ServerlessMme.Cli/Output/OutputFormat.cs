namespace ServerlessMme.Cli.Output;

/// <summary>How a command prints a list.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Table,

    /// <summary>One JSON value.</summary>
    Json,

    /// <summary>One JSON value per line.</summary>
    JsonLines,

    /// <summary>A header and a row per item, as in RFC 4180.</summary>
    Csv,
}

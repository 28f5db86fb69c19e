namespace ServerlessMme.Cli.Output;

/// <summary>The format in which a command prints a list.</summary>
internal enum OutputFormat
{
    /// <summary>A table for people.</summary>
    Table,

    /// <summary>One JSON value.</summary>
    Json,

    /// <summary>One JSON value per line.</summary>
    JsonLines,

    /// <summary>CSV with a header and one row per item, as in RFC 4180.</summary>
    Csv,
}

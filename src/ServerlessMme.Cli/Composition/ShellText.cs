namespace ServerlessMme.Cli.Composition;

/// <summary>Formats text for a command line that people copy into a shell.</summary>
internal static class ShellText
{
    /// <summary>Returns the text as one word for a POSIX shell, quoted only if necessary.</summary>
    public static string Quote(string text) =>
        text.Length > 0 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || "./_-".Contains(letter))
            ? text
            : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}

using ServerlessMme.Cli.Composition;

namespace ServerlessMme.Cli.Reports;

/// <summary>The file that <c>--html</c> names.</summary>
internal static class ReportFile
{
    /// <summary>
    /// Checks the file's folder before the work starts. The work may take minutes, and shouldn't fail at the end.
    /// </summary>
    /// <param name="file">Null if no report is requested.</param>
    /// <exception cref="CommandException">The file cannot be written there.</exception>
    public static void Check(string? file)
    {
        if (file is null)
        {
            return;
        }

        if (string.IsNullOrWhiteSpace(file) || Directory.Exists(file))
        {
            throw new CommandException(
                ExitCodes.Usage, $"--html is '{file}', but must be the name of a file, as in report.html.");
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(file));
        if (!Directory.Exists(folder))
        {
            throw new CommandException(ExitCodes.Usage, $"--html is '{file}', but there is no folder '{folder}'.");
        }
    }
}

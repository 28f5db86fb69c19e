using ServerlessMme.Cli.Composition;

namespace ServerlessMme.Cli.Reports;

/// <summary>The file that <c>--html</c> names.</summary>
internal static class ReportFile
{
    /// <summary>
    /// Checks the file's folder before the work, which may take minutes, so that the command doesn't fail at its end.
    /// </summary>
    /// <exception cref="CommandException">There is no such folder.</exception>
    public static void Check(string? file)
    {
        var folder = string.IsNullOrEmpty(file) ? null : Path.GetDirectoryName(Path.GetFullPath(file));
        if (folder is not null && !Directory.Exists(folder))
        {
            throw new CommandException(ExitCodes.Usage, $"--html is '{file}', but there is no folder '{folder}'.");
        }
    }
}

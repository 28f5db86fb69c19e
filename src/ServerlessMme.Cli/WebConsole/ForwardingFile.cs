using System.Net;
using System.Text;

namespace ServerlessMme.Cli.WebConsole;

/// <summary>
/// A local page that only this user can read and that forwards to an address. A browser is started with the file's
/// path, because other users can see the arguments of every program, and the address contains the console's token.
/// Disposing deletes the page.
/// </summary>
internal sealed class ForwardingFile : IDisposable
{
    private readonly DirectoryInfo _folder;

    private ForwardingFile(DirectoryInfo folder) => _folder = folder;

    public string FullPath => Path.Combine(_folder.FullName, "console.html");

    /// <exception cref="IOException">There is no space, or no folder, for temporary files.</exception>
    public static ForwardingFile Create(Uri address)
    {
        // On Unix, only this user can read the folder. On Windows, it is inside the user's profile.
        var file = new ForwardingFile(Directory.CreateTempSubdirectory("mme-console-"));
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using var stream = new FileStream(file.FullPath, options);
            stream.Write(Encoding.UTF8.GetBytes(Page(address)));
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        try
        {
            _folder.Delete(recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The token in it ends with this process.
        }
    }

    private static string Page(Uri address)
    {
        var target = WebUtility.HtmlEncode(address.AbsoluteUri);
        return $"""
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="referrer" content="no-referrer">
            <meta http-equiv="refresh" content="0;url={target}">
            <title>mme console</title>
            <p><a href="{target}">Open the console</a></p>
            </html>
            """;
    }
}

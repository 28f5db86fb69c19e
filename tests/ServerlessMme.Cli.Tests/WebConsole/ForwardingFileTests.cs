using ServerlessMme.Cli.WebConsole;

namespace ServerlessMme.Cli.Tests.WebConsole;

public sealed class ForwardingFileTests
{
    [Fact]
    public void The_file_forwards_and_is_gone_once_it_was_disposed()
    {
        string path;
        using (var file = ForwardingFile.Create(new Uri("http://127.0.0.1:1/console#token=a&b\"c")))
        {
            path = file.FullPath;
            Assert.Contains(
                "<meta http-equiv=\"refresh\" content=\"0;url=http://127.0.0.1:1/console#token=a&amp;b%22c\">",
                File.ReadAllText(path), StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(Path.GetDirectoryName(path)));
    }

    [Fact]
    public void Only_this_user_can_read_it()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }

        using var file = ForwardingFile.Create(new Uri("http://127.0.0.1:1/console#token=a"));

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file.FullPath));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.GetDirectoryName(file.FullPath)!));
    }
}

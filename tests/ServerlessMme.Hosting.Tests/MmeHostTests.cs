using Microsoft.Extensions.Configuration;

namespace ServerlessMme.Hosting.Tests;

public sealed class MmeHostTests
{
    [Fact]
    public void A_command_does_not_watch_the_folders_below_the_current_one()
    {
        var builder = MmeHost.CreateBuilder(null, quiet: true);

        var files = ((IConfigurationBuilder)builder.Configuration).Sources.OfType<FileConfigurationSource>().ToList();
        Assert.Equal("appsettings.json", Assert.Single(files).Path);
        Assert.False(files[0].ReloadOnChange);
    }
}

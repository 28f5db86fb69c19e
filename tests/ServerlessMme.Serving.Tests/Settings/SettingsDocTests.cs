using ServerlessMme.Serving.Console.Settings;
using ServerlessMme.Serving.Settings;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Serving.Tests.Settings;

public sealed class SettingsDocTests
{
    [Fact]
    public void The_docs_have_every_setting_of_the_servers() =>
        SettingsDoc.AssertComplete([typeof(ServeOptions), typeof(ConsoleOptions)], atLeast: 6);
}

using ServerlessMme.Serving.Settings;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Serving.Tests.Settings;

public sealed class SettingsDocTests
{
    [Fact]
    public void The_docs_have_every_setting_of_the_server() =>
        SettingsDoc.AssertComplete([typeof(ServeOptions)], atLeast: 5);
}

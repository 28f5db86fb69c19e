using Mono.Cecil;

namespace ServerlessMme.Architecture.Tests.Checking;

public sealed class ProjectReferencesTests
{
    [Fact]
    public void A_forbidden_reference_is_reported_with_a_type_that_needs_it()
    {
        using var module = ModuleDefinition.ReadModule(typeof(ProjectReferencesTests).Assembly.Location);

        Assert.Equal(
            ["ServerlessMme.Architecture.Tests -> ServerlessMme.Core: Climber uses ModelName in Climb"],
            ProjectReferences.Find(module, name => name != "ServerlessMme.Core"));
        Assert.Empty(ProjectReferences.Find(module, _ => true));
    }

    [Theory]
    [InlineData("ServerlessMme.Storage", "ServerlessMme.Core", true)]
    [InlineData("ServerlessMme.Serving", "ServerlessMme.Core", true)]
    [InlineData("mme", "ServerlessMme.Emulator", true)]
    [InlineData("ServerlessMme.Core", "ServerlessMme.Storage", false)]
    [InlineData("ServerlessMme.Storage", "ServerlessMme.Onnx", false)]
    [InlineData("ServerlessMme.Serving", "ServerlessMme.Emulator", false)]
    [InlineData("ServerlessMme.Hosting", "ServerlessMme.Serving", false)]
    public void Projects_may_only_reference_those_below_them(string project, string other, bool isAllowed) =>
        Assert.Equal(isAllowed, Projects.AllBelow(project).Contains(other));
}

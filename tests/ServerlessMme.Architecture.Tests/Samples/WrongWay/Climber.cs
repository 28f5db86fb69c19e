using ServerlessMme.Core.Models;

namespace ServerlessMme.Architecture.Tests.Samples.WrongWay;

/// <summary>Uses a project that the test takes for a forbidden one.</summary>
internal sealed class Climber
{
    public static string Climb(object name) => name is ModelName model ? model.Value : "";
}

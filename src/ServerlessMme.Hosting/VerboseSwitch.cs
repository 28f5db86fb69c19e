namespace ServerlessMme.Hosting;

/// <summary>
/// Whether this process shows stack traces (<c>--verbose</c>). Process-wide, because failures are also reported where
/// no host or command line is available.
/// </summary>
public static class VerboseSwitch
{
    private const string Name = "ServerlessMme.Verbose";

    public static bool IsOn => AppContext.TryGetSwitch(Name, out var isOn) && isOn;

    public static void TurnOn() => AppContext.SetSwitch(Name, true);
}
